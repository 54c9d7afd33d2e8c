import { createHash } from 'node:crypto';
import { type Call, json, type Route } from './route.ts';
import type { App, World } from './world.ts';

/** Derived, not stored: as hard to guess as the key of the app, and the same after a restart. */
const receiverOf = ({ slug, identificationKey }: App): string =>
  createHash('sha256').update(`receiver|${slug}|${identificationKey}`).digest('base64url').slice(0, 22);

export const receiverPathOf = (app: App): string => `/receivers/${receiverOf(app)}`;

/** A webhook endpoint for those who have none yet. It takes everything, and fails when a fault of the kind `webhook` says so. */
export const createReceiverRoutes = ({ world }: { world: World }): Route[] => {
  const appOf = (call: Call) =>
    Object.values(world.apps).find((app) => receiverOf(app) === call.params.receiver)?.slug;
  return [
    {
      method: 'POST',
      path: '/receivers/:receiver',
      caller: 'in',
      kind: 'webhook',
      appOf,
      answer: (call) => (appOf(call) === undefined ? json({ code: 5, message: 'Not Found' }, 404) : json({})),
    },
  ];
};

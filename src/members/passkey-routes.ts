/** Passkeys of a member. @see ADMINUI 3.3: Login, Account security */
import { z } from 'zod';
import { loginRoute, type MemberRoute, publicRoute } from '../http/member-route.ts';
import type { Db } from '../ports.ts';
import type { PasskeySteps } from './passkey-steps.ts';
import type { PasskeyStore } from './passkey-store.ts';
import {
  AuthenticationAnswer,
  PasskeyId,
  PasskeyName,
  PasskeyView,
  presentPasskey,
  RegistrationAnswer,
} from './passkeys.ts';
import { NextView } from './present.ts';

export interface PasskeyRoutesDeps {
  db: Pick<Db, 'call'>;
  passkeys: Pick<PasskeyStore, 'list'>;
  passkeySteps: PasskeySteps;
}

const API = '/admin/api/v1';
const PASSKEYS = `${API}/passkeys`;
/** What `navigator.credentials` takes; a browser reads it, nobody of ours. */
const OPTIONS = {
  200: {
    description: 'What the device is to sign',
    schema: z.object({ object: z.literal('passkey_options'), options: z.record(z.string(), z.unknown()) }),
  },
};
const NEXT = { 200: { description: 'What comes next', schema: NextView } };
const asOptions = (options: object) => ({ status: 200, body: { object: 'passkey_options', options } });

export function createPasskeyRoutes(deps: PasskeyRoutesDeps): MemberRoute[] {
  return [...ownRoutes(deps), ...entryRoutes(deps), ...proofRoutes(deps)];
}

function ownRoutes({ db, passkeys, passkeySteps }: PasskeyRoutesDeps): MemberRoute[] {
  return [
    loginRoute({
      auth: 'member',
      method: 'GET',
      path: PASSKEYS,
      summary: 'The own passkeys, oldest first',
      replies: { 200: { description: 'Passkeys', schema: z.object({ data: z.array(PasskeyView) }) } },
      handle: async ({ login }) => ({
        status: 200,
        body: { data: (await passkeys.list(db, login.memberId)).map(presentPasskey) },
      }),
    }),
    loginRoute({
      auth: 'member',
      method: 'POST',
      path: `${PASSKEYS}/options`,
      stepUp: true,
      summary: 'Begin to add a passkey',
      replies: OPTIONS,
      handle: async ({ login, client, now }) =>
        asOptions(await passkeySteps.optionsToAdd({ login, client, now })),
    }),
    loginRoute({
      auth: 'member',
      method: 'POST',
      path: PASSKEYS,
      stepUp: true,
      summary: 'Add a passkey under a name',
      body: z.strictObject({ name: PasskeyName, answer: RegistrationAnswer }),
      replies: { 201: { description: 'The passkey', schema: PasskeyView } },
      handle: async ({ login, client, now, body }) => ({
        status: 201,
        body: presentPasskey(await passkeySteps.add({ login, client, now }, body.name, body.answer)),
      }),
    }),
    loginRoute({
      auth: 'member',
      method: 'DELETE',
      path: `${PASSKEYS}/:id`,
      stepUp: true,
      summary: 'Remove a passkey',
      params: z.object({ id: PasskeyId }),
      replies: { 204: { description: 'Done', schema: z.null() } },
      handle: async ({ login, client, now, params }) => {
        await passkeySteps.remove({ login, client, now }, params.id);
        return { status: 204, body: null };
      },
    }),
  ];
}

/** In the place of the password. */
function entryRoutes({ passkeySteps }: PasskeyRoutesDeps): MemberRoute[] {
  return [
    publicRoute({
      method: 'POST',
      path: `${API}/login/passkey/options`,
      summary: 'Begin to sign in by a passkey; also for the offer in the field of the address',
      replies: OPTIONS,
      handle: async ({ client, now }) => asOptions(await passkeySteps.optionsToEnter(client, now)),
    }),
    publicRoute({
      method: 'POST',
      path: `${API}/login/passkey`,
      summary: 'The first factor: a passkey; a code comes next',
      body: z.strictObject({ answer: AuthenticationAnswer }),
      replies: NEXT,
      handle: async ({ body, client, now }) => ({
        status: 200,
        body: { object: 'next', next: 'second_factor' },
        cookie: await passkeySteps.enter(body.answer, client, now),
      }),
    }),
  ];
}

/** In the place of a code: at sign-in after the password, and for what needs a second factor again. */
function proofRoutes({ passkeySteps }: PasskeyRoutesDeps): MemberRoute[] {
  return [
    loginRoute({
      auth: 'pending_second_factor',
      method: 'POST',
      path: `${API}/passkey-proof/options`,
      summary: 'Begin to prove by a passkey',
      replies: OPTIONS,
      handle: async ({ login, client, now }) =>
        asOptions(await passkeySteps.optionsToProve({ login, client, now })),
    }),
    loginRoute({
      auth: 'pending_second_factor',
      method: 'POST',
      path: `${API}/passkey-proof`,
      summary: 'The second factor: a passkey, unless one was the first',
      body: z.strictObject({ answer: AuthenticationAnswer }),
      replies: NEXT,
      handle: async ({ login, client, now, body }) => ({
        status: 200,
        body: { object: 'next', next: 'panel' },
        cookie: await passkeySteps.prove({ login, client, now }, body.answer),
      }),
    }),
  ];
}

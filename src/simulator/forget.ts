import type { World } from './world.ts';

const DAY_MS = 86_400_000;
const KEPT_COMPLETIONS = 500;

const dropWhere = <T>(table: Record<string, T>, isOld: (one: T) => boolean): void => {
  for (const [key, one] of Object.entries(table)) if (isOld(one)) delete table[key];
};

/** Forgets what nobody can use any more, so that a simulator that runs for months stays small. */
export const forgetOld = (world: World, now: number): void => {
  dropWhere(world.codes, (code) => code.expiresAt + DAY_MS < now);
  dropWhere(world.tokens, (token) => token.expiresAt < now);
  dropWhere(world.grants, (grant) => Math.min(grant.until, grant.revokedAt ?? grant.until) + DAY_MS < now);
  dropWhere(world.uploads, (upload) => upload.expiresAt < now);
  dropWhere(world.visits, (visit) => visit.startedAt + DAY_MS < now);
  world.completions.splice(0, Math.max(0, world.completions.length - KEPT_COMPLETIONS));
  world.subscriptions = world.subscriptions.filter((one) => world.tokens[one.token] !== undefined);
};

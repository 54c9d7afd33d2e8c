import { PEOPLE } from './cast.ts';
import type { Grants, LiveToken } from './grants.ts';
import { refuseRest } from './refusal.ts';
import { type Call, headerOf } from './route.ts';
import { parseScope } from './scopes.ts';
import { sameSecret } from './secrets.ts';
import type { ApiKey, App, Generation, PersonKey, Stage } from './world.ts';

/** Which header carries the user token (PROTOCOL.md section 1). */
const TOKEN_HEADERS: Record<Generation, ('authorization' | 'x-access-token')[]> = {
  v1: ['x-access-token'],
  mid: ['x-access-token', 'authorization'],
  v2: ['authorization'],
};

interface Window {
  name: string;
  ms: number;
  limitOf(app: App): number | undefined;
}

/** Divar counts per minute and per day; only the panel tells the numbers (PROTOCOL.md 4.9). */
const WINDOWS: Window[] = [
  { name: 'minute', ms: 60_000, limitOf: (app) => app.limits.perMinute },
  { name: 'daily', ms: 86_400_000, limitOf: (app) => app.limits.perDay },
];

export interface UserCaller extends LiveToken {
  app: App;
  person: PersonKey;
}

/** Checks of the REST API in Divar's order: key, rate, permission, path of the generation, token, scope. */
export const createRestAuth = ({ stage, grants }: { stage: Stage; grants: Pick<Grants, 'find'> }) => {
  const { world, now } = stage;

  /** Counts one request in its window and forgets the windows before. */
  const countIn = (app: App, window: Window): number => {
    const prefix = `${app.slug}|${window.name}|`;
    const key = `${prefix}${Math.floor(now() / window.ms)}`;
    for (const old of Object.keys(world.counters))
      if (old.startsWith(prefix) && old !== key) delete world.counters[old];
    const count = (world.counters[key] ?? 0) + 1;
    world.counters[key] = count;
    return count;
  };

  const countRequest = (app: App): void => {
    for (const window of WINDOWS) {
      const limit = window.limitOf(app);
      if (limit === undefined || countIn(app, window) <= limit) continue;
      const details = [{ '@type': 'type.googleapis.com/x.Y', limit: window.name }];
      throw refuseRest('throttled', `${window.name} quota exceeded`, details);
    }
  };

  const findKey = (given: string): { app: App; key: ApiKey } => {
    for (const app of Object.values(world.apps)) {
      const key = app.apiKeys.find((one) => sameSecret(given, one.key));
      if (key) return { app, key };
    }
    throw refuseRest('unauthenticated', 'x-api-key is unknown');
  };

  /** The app of an API key that holds the permission. */
  const requireKey = (call: Call, permission: string, generations?: Generation[]): App => {
    const given = headerOf(call, 'x-api-key');
    if (given === '') throw refuseRest('unauthenticated', 'x-api-key is missing');
    const { app, key } = findKey(given);
    call.notes.app = app.slug;
    countRequest(app);
    if (generations && !generations.includes(app.generation))
      throw refuseRest('not_found', `this address does not serve ${app.generation} apps`);
    if (key.permissions && !key.permissions.includes(permission))
      throw refuseRest('forbidden', `the API key does not hold ${permission}`);
    return app;
  };

  const readToken = (call: Call, app: App): string => {
    for (const name of TOKEN_HEADERS[app.generation]) {
      const value = headerOf(call, name);
      if (name === 'x-access-token' && value) return value;
      if (name === 'authorization' && value.startsWith('Bearer ')) return value.slice('Bearer '.length);
    }
    throw refuseRest('unauthenticated', `no user token in ${TOKEN_HEADERS[app.generation].join(' or ')}`);
  };

  /** The user behind a token of this app. */
  const requireUser = (call: Call, app: App): UserCaller => {
    const live = grants.find(readToken(call, app), 'access');
    if (!live) throw refuseRest('unauthenticated', 'access token is unknown, expired or revoked');
    if (live.grant.app !== app.slug) throw refuseRest('forbidden', 'access token belongs to another app');
    call.notes.as = live.grant.person;
    return { app, person: live.grant.person, ...live };
  };

  /** Any one of the scopes is enough (OR, whatever the formal description says; PROTOCOL.md 7, row 43). */
  const requireScope = (
    user: UserCaller,
    wanted: { name: string; resource?: string | undefined }[],
  ): void => {
    const held = user.grant.scopes.map((text) => parseScope(text, user.app.generation));
    const fits = wanted.some((one) =>
      held.some((scope) => scope.name === one.name && (scope.resource ?? '') === (one.resource ?? '')),
    );
    if (!fits)
      throw refuseRest(
        'forbidden',
        `needs a scope: ${[...new Set(wanted.map((one) => one.name))].join(' or ')}`,
      );
  };

  /** Test apps work only with test posts. */
  const requireTestPost = (app: App, post: string | undefined): void => {
    if (app.testApp && post && world.posts[post]?.real)
      throw refuseRest('forbidden', 'a test app works only with test posts');
  };

  return { requireKey, requireUser, requireScope, requireTestPost };
};
export type RestAuth = ReturnType<typeof createRestAuth>;

export const phoneOf = (person: PersonKey): string => PEOPLE[person].phone;

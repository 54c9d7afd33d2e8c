/** Grants with tokens on a real database, workers that may be killed at any step, and a strict token endpoint. */

import { createGrantRefresh } from '../../src/consent/refresh.ts';
import { createRefreshStore } from '../../src/consent/refresh-store.ts';
import { createRefuseGrant } from '../../src/consent/refuse.ts';
import { createGrantStore } from '../../src/consent/store.ts';
import { createTellGrant } from '../../src/consent/tell.ts';
import { createGrantWorker } from '../../src/consent/worker.ts';
import { createDivarOauth } from '../../src/divar/oauth.ts';
import type { Announce } from '../../src/events/announce.ts';
import type { NewEvent } from '../../src/events/events.ts';
import { createCall } from '../../src/platform/call.ts';
import { systemClock } from '../../src/platform/ids.ts';
import { openDirectory, PUBLIC_URL, provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from '../helpers/database.ts';
import { testBlindIndex, testNewId, testRandom, testSeal } from '../helpers/fakes.ts';
import { silentLog } from '../helpers/log.ts';
import { startTokenServer } from './token-server.ts';

export class Killed extends Error {}

export type RefreshRoom = Awaited<ReturnType<typeof openRefreshRoom>>;

export async function openRefreshRoom(t: Teardown) {
  const database = await createTestDatabase(t);
  const { db, ownerUrl } = database;
  const divar = await startTokenServer(t);
  const made = await provision(database);
  const directory = await openDirectory(db);
  const app = directory.find(made.app.id);
  if (!app) throw new Error('the app was not provisioned');
  const call = createCall();
  t.teardown(() => call.close());

  const seal = testSeal();
  const log = silentLog();
  const newId = testNewId(systemClock);
  const grants = createGrantStore({ seal, blindIndex: testBlindIndex });
  const store = createRefreshStore({ seal });
  const announced: NewEvent[] = [];
  const announce: Announce = async (_tx, event) => {
    announced.push(event);
    return 'evt_1';
  };
  const tellGrant = createTellGrant({ announce, grants });
  const oauth = createDivarOauth({
    call,
    clock: systemClock,
    directory,
    hostsOf: () => divar.hosts,
    timeoutMs: 10_000,
  });
  const dependents: string[] = [];

  /** Where the next worker dies: before the call, or when its answer has come and is not written down. */
  const killed: { at: 'before_call' | 'after_call' | undefined } = { at: undefined };
  const mortal: Pick<typeof oauth, 'refresh' | 'fetchUser'> = {
    fetchUser: oauth.fetchUser,
    refresh: async (...args) => {
      if (killed.at === 'before_call') throw new Killed();
      const outcome = await oauth.refresh(...args);
      if (killed.at === 'after_call') throw new Killed();
      return outcome;
    },
  };
  const deps = {
    db,
    store,
    grants,
    oauth: mortal,
    directory,
    dependents: {
      expectRenewal: async () => void dependents.push('expected'),
      renewed: async () => void dependents.push('renewed'),
      ended: async (
        _app: unknown,
        _id: string,
        { isRevoked, reason }: { isRevoked: boolean; reason: string },
      ) => void dependents.push(`ended ${isRevoked ? 'revoked' : 'broken'} ${reason}`),
    },
    tellGrant,
    publicUrl: PUBLIC_URL,
    clock: systemClock,
    random: testRandom,
    timeoutMs: 10_000,
    leaseSeconds: 30,
    log,
  };
  const refresh = createGrantRefresh(deps);
  const worker = createGrantWorker({ db, refresh, random: testRandom, log });
  const inTenant = <T>(run: Parameters<typeof db.tenant<T>>[1]) => db.tenant(app.tenantId, run);
  const owner = <Row>(sql: string, values: unknown[] = []) => queryAsOwner<Row>(ownerUrl, sql, values);

  /** A grant of Divar's newest pair, looked at once. */
  const grant = async ({
    refreshable = true,
    expiresInSeconds = 3600,
    userId = 'u1',
  }: {
    refreshable?: boolean;
    expiresInSeconds?: number;
    userId?: string;
  } = {}): Promise<string> => {
    const { accessToken, refreshToken } = divar.issue();
    const now = systemClock.now();
    const id = newId('grt');
    const facts = {
      userId,
      phone: null,
      scopes: ['USER_ID', 'offline_access'],
      conversationId: null,
      side: null,
    };
    const row = {
      id,
      appId: app.id,
      generation: app.generation,
      facts,
      expiresAt: new Date(now.getTime() + expiresInSeconds * 1000),
      consentUntil: new Date(now.getTime() + 30 * 86_400_000),
      createdAt: now,
    };
    await inTenant(async (tx) => {
      await grants.insertUnverified(tx, row, {
        accessToken,
        refreshToken: refreshable ? refreshToken : null,
      });
      await grants.verify(tx, { id, appId: app.id, facts }, userId, now);
    });
    return id;
  };

  /** As if so much time had passed, here and at Divar. */
  const passTime = async (seconds: number) => {
    divar.advance(seconds);
    const columns = [
      'refresh_first_sent_at',
      'refresh_last_sent_at',
      'refreshed_at',
      'expires_at',
      'consent_until',
      'due_at',
      'claimed_until',
    ];
    const back = columns.map((column) => `${column} = ${column} - make_interval(secs => ${seconds})`);
    await inTenant((tx) => tx.sql.raw(`update grants set ${back.join(', ')}`));
  };

  return {
    ...database,
    app,
    directory,
    divar,
    grants,
    store,
    refresh,
    deps,
    worker,
    killed,
    announced,
    dependents,
    refuse: createRefuseGrant({
      store,
      tellGrant,
      directory,
      clock: systemClock,
      signals: { publish: () => undefined },
    }),
    inTenant,
    owner,
    grant,
    look: async (id: string) => {
      const looked = await inTenant((tx) => store.look(tx, id));
      if (!looked) throw new Error('no such grant');
      return looked;
    },
    find: (id: string) => inTenant((tx) => grants.find(tx, id)),
    types: () => announced.map(({ type }) => type),
    drain: async () => {
      while ((await worker.tick()) > 0);
    },
    passTime,
    /** Until the next grant is due; how long that was. */
    passToNext: async (): Promise<number> => {
      const [next] = await owner<{ seconds: number | null }>(
        'select greatest(0, extract(epoch from min(due_at) - now()))::float8 as seconds from grants',
      );
      const seconds = (next?.seconds ?? 3600) + 0.05;
      await passTime(seconds);
      return seconds;
    },
  };
}

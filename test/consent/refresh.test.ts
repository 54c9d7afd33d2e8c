import test from 'ava';
import { createGrantRefresh } from '../../src/consent/refresh.ts';
import { openRefreshRoom } from './refresh-room.ts';
import type { Behaviour } from './token-server.ts';

test.serial('the form is the one of TV-46, and both tokens are replaced', async (t) => {
  const room = await openRefreshRoom(t);
  const id = await room.grant();
  await room.drain();
  t.is(room.divar.forms.length, 0, 'an hour is left');
  t.is(await room.refresh.refreshNow(room.app.tenantId, id), 'refreshed');
  t.deepEqual(room.divar.problems, []);
  t.like(Object.fromEntries(room.divar.forms[0] ?? []), { refresh_token: 'ory_rt_1', code: 'ory_at_1' });
  const { tokens, version, freshness } = await room.look(id);
  t.deepEqual(tokens, room.divar.newest());
  t.is(version, 2);
  t.like(freshness, { state: 'live', sentAgeSeconds: null, tryCount: 0 });
  t.deepEqual(room.dependents, ['expected', 'renewed']);
});

test.serial('what the answer leaves out, or leaves empty, stays as it was', async (t) => {
  const room = await openRefreshRoom(t);
  const id = await room.grant();
  room.divar.extra = { refresh_token: '', scope: null, expires_in: 'soon' };
  t.is(await room.refresh.refreshNow(room.app.tenantId, id), 'refreshed');
  const { tokens, freshness } = await room.look(id);
  t.deepEqual(tokens, { accessToken: room.divar.newest().accessToken, refreshToken: 'ory_rt_1' });
  t.true(freshness.refreshable);
  t.true(freshness.expiresInSeconds > 3000);
  t.deepEqual((await room.find(id))?.facts.scopes, ['USER_ID', 'offline_access']);
});

test.serial('fifty at once ask Divar once, over several processes', async (t) => {
  const room = await openRefreshRoom(t);
  const id = await room.grant();
  await room.drain();
  const other = createGrantRefresh(room.deps);
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, number) =>
      (number % 2 ? room.refresh : other).refreshNow(room.app.tenantId, id),
    ),
  );
  t.true(results.every((result) => result === 'refreshed' || result === 'resting'));
  t.is(room.divar.forms.length, 1);
  t.is(room.divar.concurrentCount, 1);
});

test.serial(
  'a grant whose events depend on it is renewed ten minutes ahead, another one when it is wanted',
  async (t) => {
    const room = await openRefreshRoom(t);
    const kept = await room.grant();
    const other = await room.grant({ userId: 'u2' });
    await room.inTenant((tx) => room.store.setKept(tx, kept, true));
    await room.drain();
    await room.passTime(3600 - 700);
    await room.drain();
    t.is(room.divar.forms.length, 0);
    await room.passTime(170);
    await room.drain();
    t.is((await room.look(kept)).version, 2);
    t.is((await room.look(other)).version, 1);
    t.like(await room.inTenant((tx) => room.store.lend(tx, other)), { accessToken: 'ory_at_2' });
    await room.drain();
    t.is((await room.look(other)).version, 1, 'more than five minutes are left');
    await room.passTime(300);
    t.like(await room.inTenant((tx) => room.store.lend(tx, other)), { accessToken: 'ory_at_2' });
    await room.drain();
    t.is((await room.look(other)).version, 2);
  },
);

test.serial('a token that is over is not lent: whoever wants it waits for the new one', async (t) => {
  const room = await openRefreshRoom(t);
  const id = await room.grant();
  await room.drain();
  await room.passTime(4000);
  t.is(await room.inTenant((tx) => room.store.lend(tx, id)), 'renewing');
  await room.drain();
  t.like(await room.inTenant((tx) => room.store.lend(tx, id)), { accessToken: 'ory_at_2' });
});

test.serial('an idle grant is touched once a week', async (t) => {
  const room = await openRefreshRoom(t);
  const id = await room.grant();
  await room.drain();
  await room.passTime(6 * 86_400);
  await room.drain();
  t.is((await room.look(id)).version, 1);
  await room.passTime(86_400 + 60);
  await room.drain();
  t.is((await room.look(id)).version, 2);
});

for (const at of ['before_call', 'after_call'] as const) {
  test.serial(
    `killed ${at} and back after 30 s: the same refresh token is asked again, and nothing is lost`,
    async (t) => {
      const room = await openRefreshRoom(t);
      const id = await room.grant();
      await room.drain();
      room.killed.at = at;
      await t.throwsAsync(() => room.refresh.refreshNow(room.app.tenantId, id));
      room.killed.at = undefined;
      t.is((await room.look(id)).freshness.state, 'refreshing');
      await room.passTime(31);
      // The claim of the dead is over; what it owed is due.
      await room.owner('update grants set due_at = now()');
      await room.drain();
      t.deepEqual((await room.look(id)).tokens, room.divar.newest());
      t.is((await room.look(id)).freshness.state, 'live');
      t.is(room.divar.lateUseCount, 0);
      t.deepEqual(room.types(), []);
    },
  );

  test.serial(
    `killed ${at} and back after 150 s: the old access token tells, and the refresh token is not used`,
    async (t) => {
      const room = await openRefreshRoom(t);
      const id = await room.grant();
      await room.drain();
      room.killed.at = at;
      await t.throwsAsync(() => room.refresh.refreshNow(room.app.tenantId, id));
      room.killed.at = undefined;
      await room.passTime(151);
      const formCount = room.divar.forms.length;
      await room.owner('update grants set due_at = now()');
      await room.worker.tick();
      t.is(room.divar.forms.length, formCount);
      t.is(room.divar.usersCalls, 1);
      if (at === 'before_call') {
        // There was no rotation: all begins anew.
        t.is(await room.refresh.refreshNow(room.app.tenantId, id), 'refreshed');
        t.deepEqual((await room.look(id)).tokens, room.divar.newest());
      } else {
        t.like((await room.look(id)).freshness, { state: 'broken', reason: 'refresh_lost' });
        t.deepEqual(room.types(), ['grant.broken']);
        await room.drain();
        t.deepEqual(room.dependents, ['ended broken refresh_lost']);
      }
      t.is(room.divar.lateUseCount, 0);
    },
  );
}

test.serial('between the window and the probe nothing is asked', async (t) => {
  const room = await openRefreshRoom(t);
  const id = await room.grant();
  await room.drain();
  room.killed.at = 'after_call';
  await t.throwsAsync(() => room.refresh.refreshNow(room.app.tenantId, id));
  room.killed.at = undefined;
  await room.passTime(120);
  t.is(await room.refresh.refreshNow(room.app.tenantId, id), 'failed');
  t.is(room.divar.forms.length, 1);
  t.is(room.divar.usersCalls, 0);
  t.is(await room.inTenant((tx) => room.store.lend(tx, id)), 'renewing', 'its token may be replaced');
});

test.serial('invalid_grant is the end at once, and its tokens are destroyed', async (t) => {
  const room = await openRefreshRoom(t);
  const id = await room.grant();
  await room.drain();
  room.divar.behave = () => 'invalid_grant';
  t.is(await room.refresh.refreshNow(room.app.tenantId, id), 'ended');
  const { freshness, tokens } = await room.look(id);
  t.like(freshness, { state: 'broken', reason: 'refused', refreshable: false });
  t.is(tokens, undefined);
  t.deepEqual(room.types(), ['grant.broken']);
  t.like(room.announced[0]?.data, { reason: 'refused' });
});

for (const behaviour of ['error', 'throttle', 'reset', 'wrong_client', 'nonsense'] as const) {
  test.serial(
    `an outage of hours (${behaviour}) breaks no grant, whether its token still works or not`,
    async (t) => {
      const room = await openRefreshRoom(t);
      const id = await room.grant();
      await room.inTenant((tx) => room.store.setKept(tx, id, true));
      await room.drain();
      await room.passTime(3000);
      room.divar.behave = () => behaviour;
      for (let seconds = 0; seconds < 7200; seconds += await room.passToNext()) await room.worker.tick();
      t.true(room.divar.forms.length > 8);
      room.divar.behave = () => 'answer';
      for (let seconds = 0; seconds < 1800; seconds += await room.passToNext()) await room.worker.tick();
      t.like((await room.look(id)).freshness, { state: 'live' });
      t.true((await room.look(id)).version > 1);
      t.is(room.divar.lateUseCount, 0);
      t.deepEqual(room.types(), []);
    },
  );
}

test.serial('a late result of a process that was taken for dead changes nothing', async (t) => {
  const room = await openRefreshRoom(t);
  const id = await room.grant();
  await room.drain();
  room.divar.behave = async (number): Promise<Behaviour> => {
    if (number > 1) return 'answer';
    await room.owner(`update grants set claimed_until = now() - interval '1 second'`);
    await createGrantRefresh(room.deps).refreshNow(room.app.tenantId, id);
    return 'answer';
  };
  t.is(await room.refresh.refreshNow(room.app.tenantId, id), 'gone');
  const { tokens, version } = await room.look(id);
  t.is(version, 2);
  t.is(tokens?.refreshToken, 'ory_rt_2');
});

test.serial('a grant that is revoked while it is refreshed stays revoked, without tokens', async (t) => {
  const room = await openRefreshRoom(t);
  const id = await room.grant();
  await room.drain();
  room.divar.behave = async (): Promise<Behaviour> => {
    await room.inTenant((tx) => room.grants.revoke(tx, id));
    return 'answer';
  };
  await room.refresh.refreshNow(room.app.tenantId, id);
  const { freshness, tokens } = await room.look(id);
  t.is(freshness.state, 'revoked');
  t.is(tokens, undefined);
  await room.drain();
  t.deepEqual(room.dependents, ['ended revoked revoked_by_tenant']);
});

test.serial('a grant without a refresh token ends with its access token', async (t) => {
  const room = await openRefreshRoom(t);
  const id = await room.grant({ refreshable: false });
  await room.drain();
  await room.passTime(3590);
  await room.drain();
  t.is((await room.look(id)).freshness.state, 'live');
  await room.passTime(20);
  await room.drain();
  t.is((await room.look(id)).freshness.state, 'expired');
  t.is((await room.look(id)).tokens, undefined);
  t.is(room.divar.forms.length, 0);
});

test.serial('the tenant is warned 7, 3 and 1 days before the consent ends, once each', async (t) => {
  const room = await openRefreshRoom(t);
  await room.grant();
  const left = () => room.announced.map(({ data }) => data.days_left);
  for (let day = 0; day < 30; day += 0.5) {
    await room.drain();
    await room.passTime(43_200);
  }
  t.deepEqual(left(), [7, 3, 1]);
  t.deepEqual([...new Set(room.types())], ['grant.expiring']);
});

test.serial(
  'a refresh that Divar refuses when the consent is over is an end, and nothing is broken',
  async (t) => {
    const room = await openRefreshRoom(t);
    const id = await room.grant();
    await room.drain();
    await room.passTime(31 * 86_400);
    room.divar.behave = () => 'invalid_grant';
    await room.drain();
    t.is((await room.look(id)).freshness.state, 'expired');
    t.false(room.types().includes('grant.broken'));
  },
);

test.serial(
  'a refused access token is renewed exactly once; refused again the grant is broken',
  async (t) => {
    const room = await openRefreshRoom(t);
    const id = await room.grant();
    await room.drain();
    const refuse = () =>
      room.inTenant(async (tx) => {
        const { rows } = await tx.sql.raw('select clock_timestamp() as now');
        return await room.refuse(tx, id, rows[0].now);
      });
    t.is(await refuse(), 'renewing');
    t.is(await refuse(), 'renewing', 'it is known already');
    t.is(await room.inTenant((tx) => room.store.lend(tx, id)), 'renewing');
    await room.drain();
    t.is(room.divar.forms.length, 1);
    t.like(await room.inTenant((tx) => room.store.lend(tx, id)), { accessToken: 'ory_at_2' });
    const long = new Date(Date.now() - 60_000);
    t.is(
      await room.inTenant((tx) => room.refuse(tx, id, long)),
      'replaced',
      'it was sent with the old token',
    );
    t.is(await refuse(), 'ended');
    t.like((await room.look(id)).freshness, { state: 'broken', reason: 'access_refused' });
    t.deepEqual(room.types(), ['grant.broken']);
    await room.drain();
    t.deepEqual(room.dependents.at(-1), 'ended broken access_refused');

    // It was the app's key: its new tokens work, and the tenant hears of it.
    await room.passTime(7201);
    await room.drain();
    t.is((await room.look(id)).freshness.state, 'live');
    t.is(room.types().at(-1), 'grant.recovered');
  },
);

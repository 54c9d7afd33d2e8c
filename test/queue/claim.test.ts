import test from 'ava';
import { afterCommit } from '../../src/queue/after-commit.ts';
import { beginClaimed, createClaimer, releaseClaimed } from '../../src/queue/claim.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from '../helpers/database.ts';
import { testRandom } from '../helpers/fakes.ts';

interface Row {
  tenant_id: string;
  id: string;
  app_id: string;
}

async function setup(t: Teardown, dueCount = 1) {
  const database = await createTestDatabase(t);
  const { db, ownerUrl } = database;
  await queryAsOwner(
    ownerUrl,
    `insert into tenants (tenant_id, name) values ('ten_a', 'A');
     insert into apps (tenant_id, id, external_id, name, environment, generation, slug, consent, landing, action_secret, limits)
       values ('ten_a', 'app_a', 'a', 'A', 'live', 'v2', 's', '{}', '{}', '', '{}');
     insert into conversations (tenant_id, id, app_id, conversation_key, type, facts, due_at, created_at)
       select 'ten_a', 'cnv_' || n, 'app_a', n, 'post', '', now() - interval '1 minute', now() from generate_series(1, ${dueCount}) n`,
  );
  const claimer = () =>
    createClaimer<Row>({ db, fn: 'claim_conversations', leaseSeconds: 30, random: testRandom });
  const claimOne = async () => {
    const [row] = await claimer()(1);
    return { tenantId: 'ten_a', id: row?.id ?? '', claimId: row?.claimId ?? '' };
  };
  return {
    ...database,
    claim: claimer(),
    claimOne,
    lapse: () =>
      queryAsOwner(ownerUrl, `update conversations set claimed_until = now() - interval '1 second'`),
    begin: (claim: Awaited<ReturnType<typeof claimOne>>) =>
      db.tenant('ten_a', (tx) => beginClaimed(tx, 'conversations', claim, 30)),
    release: (claim: Awaited<ReturnType<typeof claimOne>>) =>
      db.tenant('ten_a', (tx) => releaseClaimed(tx, 'conversations', claim)),
  };
}

test('nobody claims what another one holds', async (t) => {
  const { claim } = await setup(t, 3);
  const claims = await Promise.all([claim(3), claim(3), claim(3), claim(3)]);
  const ids = claims.flat().map(({ id }) => id);
  t.is(ids.length, 3);
  t.is(new Set(ids).size, 3);
  t.deepEqual(await claim(9), []);
});

test('a lease that has run out can be claimed again, and the former holder can do nothing any more', async (t) => {
  const { claimOne, lapse, begin, release } = await setup(t);
  const dead = await claimOne();
  await lapse();
  t.false(await begin(dead), 'no work begins after the lease');
  const next = await claimOne();
  t.is(next.id, dead.id);
  t.false(await release(dead), 'the fence');
  t.true(await begin(next));
});

test('a result may still be written after the lease when nobody else came', async (t) => {
  const { claimOne, lapse, release } = await setup(t);
  const late = await claimOne();
  await lapse();
  t.true(await release(late));
  t.false(await release(late), 'a claim is given back once');
});

test('to begin makes the lease new', async (t) => {
  const { claimOne, begin, ownerUrl } = await setup(t);
  const claim = await claimOne();
  await queryAsOwner(ownerUrl, `update conversations set claimed_until = now() + interval '1 second'`);
  await begin(claim);
  const [row] = await queryAsOwner<{ is_new: boolean }>(
    ownerUrl,
    `select claimed_until > now() + interval '20 seconds' as is_new from conversations`,
  );
  t.true(row?.is_new);
});

test('speaks after the commit, and never after a rollback', async (t) => {
  const { db } = await setup(t);
  const said: string[] = [];
  await db.tenant('ten_a', async (tx) => {
    afterCommit(tx, () => said.push('committed'));
    await tx.sql.raw('select 1');
    t.deepEqual(said, []);
  });
  t.deepEqual(said, ['committed']);
  await t.throwsAsync(
    db.tenant('ten_a', async (tx) => {
      afterCommit(tx, () => said.push('rolled back'));
      await tx.sql.raw('select 1');
      throw new Error('no');
    }),
  );
  t.deepEqual(said, ['committed']);
});

/** Whose turn it is: shares of claims, not times. */
import test from 'ava';
import fc from 'fast-check';
import { createTurns, type HeldConversation } from '../../src/messages/turns.ts';
import { createTestDatabase, queryAsOwner, type Teardown, withClient } from '../helpers/database.ts';
import { testRandom } from '../helpers/fakes.ts';

type Lane = 0 | 1 | 2;

async function setup(t: Teardown) {
  const { db, ownerUrl } = await createTestDatabase(t);
  const owner = <Row>(sql: string, values: unknown[] = []) => queryAsOwner<Row>(ownerUrl, sql, values);
  let fillCount = 0;
  return {
    ownerUrl,
    owner,
    turns: () => createTurns({ db, leaseSeconds: 30, random: testRandom }),
    /** A tenant with apps (`<name>_0` ...) and this many due conversations in each. */
    tenant: async (
      name: string,
      dueCount: number,
      {
        appCount = 1,
        weight = 1,
        lane = 0,
        limits = {},
      }: Partial<Record<'appCount' | 'weight', number>> & { lane?: Lane; limits?: object } = {},
    ) => {
      fillCount += 1;
      await owner(
        `insert into tenants (tenant_id, name, weight) values ($1, 'x', $2) on conflict do nothing`,
        [name, weight],
      );
      await owner(
        `insert into apps (tenant_id, id, external_id, name, environment, generation, slug, consent, landing, action_secret, limits)
         select $1, $1 || '_' || n, n, 'A', 'live', 'v2', 's', '{}', '{}', '', $3 from generate_series(0, $2::int - 1) n on conflict do nothing`,
        [name, appCount, limits],
      );
      await owner(
        `insert into conversations (tenant_id, id, app_id, conversation_key, type, facts, lane_rank, due_at, created_at)
         select $1, format('cnv_%s_%s_%s_%s', $1::text, a, $4::int, n), $1 || '_' || a, format('%s %s', $4::int, n), 'post', '', $5,
           now() - interval '1 hour' + n * interval '1 ms', now()
         from generate_series(0, $2::int - 1) a, generate_series(1, $3::int) n`,
        [name, appCount, dueCount, fillCount, lane],
      );
    },
  };
}

function shares(
  taken: readonly HeldConversation[],
  of: 'tenantId' | 'appId' = 'tenantId',
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const held of taken) counts[held[of]] = (counts[held[of]] ?? 0) + 1;
  return counts;
}

test('whoever has a few goes before whoever has many, whatever stands in line longer', async (t) => {
  const { tenant, turns } = await setup(t);
  await tenant('ten_many', 3000);
  await tenant('ten_few', 3);
  const taken = await turns().take(16);
  t.is(shares(taken).ten_few, 3);
  t.true((shares(taken).ten_many ?? 0) >= 9);
});

test('tenants share evenly whatever the number of their apps, and a tenant shares evenly among its apps', async (t) => {
  const { tenant, turns } = await setup(t);
  await tenant('ten_one', 200);
  await tenant('ten_ten', 200, { appCount: 10 });
  const line = turns();
  const taken: HeldConversation[] = [];
  for (let round = 0; round < 4; round += 1) taken.push(...(await line.take(80 - taken.length)));
  const { ten_one = 0, ten_ten = 0 } = shares(taken);
  t.true(Math.abs(ten_one - ten_ten) <= 2, `${ten_one} and ${ten_ten}`);
  const byApp = Object.entries(shares(taken, 'appId')).filter(([id]) => id.startsWith('ten_ten'));
  t.is(byApp.length, 10);
  const counts = byApp.map(([, count]) => count);
  t.true(Math.max(...counts) - Math.min(...counts) <= 1);
});

test('a weight of three is worth three turns', async (t) => {
  const { tenant, turns } = await setup(t);
  await tenant('ten_a', 100, { weight: 3 });
  await tenant('ten_b', 100);
  t.deepEqual(shares(await turns().take(16)), { ten_a: 10, ten_b: 3 });
});

test('what ends makes room for whoever has less in flight', async (t) => {
  const { tenant, turns } = await setup(t);
  await tenant('ten_a', 100);
  const line = turns();
  const first = await line.take(16);
  t.is(first.length, 12, 'alone it has three quarters');
  t.deepEqual(await line.take(4), [], 'and leaves the rest to whoever comes');
  await tenant('ten_b', 100);
  t.deepEqual(shares(await line.take(4)), { ten_b: 3 });
  for (const held of first.slice(0, 6)) line.end(held);
  t.is((shares(await line.take(7)).ten_b ?? 0) >= 4, true);
});

test('however many tenants are greedy, one that comes finds a slot', async (t) => {
  const { tenant, turns, owner } = await setup(t);
  for (let n = 0; n < 6; n += 1) await tenant(`ten_${n}`, 100);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 8, max: 96 }),
      fc.integer({ min: 1, max: 6 }),
      async (slotCount, greedyCount) => {
        await owner(
          "update conversations set claim_id = null, claimed_until = null, due_at = now() - interval '1 s' where due_at is not null",
        );
        await owner(
          `update conversations set due_at = case when substr(tenant_id, 5)::int < $1 then now() - interval '1 s' else now() + interval '1 day' end`,
          [greedyCount],
        );
        const line = turns();
        let takenCount = 0;
        for (;;) {
          const taken = await line.take(slotCount - takenCount);
          takenCount += taken.length;
          if (taken.length === 0 || takenCount === slotCount) break;
        }
        t.true(takenCount < slotCount, `${takenCount} of ${slotCount}`);
        t.true(takenCount >= Math.floor((slotCount * 3) / 4) - 1, `${takenCount} of ${slotCount} work`);
      },
    ),
    { numRuns: 15 },
  );
});

test('replies go before what can wait, and bulk last', async (t) => {
  const { tenant, turns } = await setup(t);
  await tenant('ten_a', 50, { lane: 2 });
  await tenant('ten_a', 4, { lane: 1 });
  await tenant('ten_a', 4, { lane: 0 });
  const line = turns();
  const taken = (await line.take(8)).map(({ id }) => id.split('_')[4]);
  t.deepEqual(taken.sort(), ['2', '2', '3', '3', '3', '3'], 'fillings 3 (reply) and 2 (transactional)');
});

test('an app whose budget is small takes from it together with all workers', async (t) => {
  const { tenant, turns } = await setup(t);
  await tenant('ten_a', 200, { limits: { divar_per_minute: 20 } });
  await tenant('ten_b', 5);
  const workers = Array.from({ length: 4 }, turns);
  const taken: HeldConversation[] = [];
  for (let round = 0; round < 6; round += 1)
    taken.push(...(await Promise.all(workers.map((line) => line.take(16)))).flat());
  t.deepEqual(shares(taken), { ten_a: 20, ten_b: 5 });
});

test('the line is never read as a whole, however long it is', async (t) => {
  const { tenant, ownerUrl, owner } = await setup(t);
  for (let n = 0; n < 30; n += 1) await tenant(`ten_${n}`, n === 0 ? 20_000 : 50, { lane: (n % 3) as Lane });
  await owner('analyze');
  const plans: string[] = [];
  await withClient(ownerUrl, async (client) => {
    client.on('notice', ({ message }) => plans.push(message ?? ''));
    await client.query(`load 'auto_explain'`);
    await client.query(`set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
      set auto_explain.log_analyze = on; set auto_explain.log_level = notice; set client_min_messages = notice`);
    // More often than a plan is made for the values at hand.
    for (let n = 0; n < 8; n += 1)
      await client.query(`select * from claim_conversations(64, 30, $1)`, [`claim ${n}`]);
  });
  const text = plans.join('\n');
  t.regex(text, /conversations_line/);
  t.notRegex(text, /Seq Scan on conversations/);
  t.notRegex(text, /Bitmap Heap Scan on conversations/);
  const counts = [
    ...text.matchAll(/Index (?:Only )?Scan using conversations_line[^\n]*rows=([\d.]+) loops/g),
  ].map((found) => Number(found[1]));
  t.true(counts.length > 0 && Math.max(...counts) <= 200, `rows a loop: ${Math.max(...counts)}`);
});

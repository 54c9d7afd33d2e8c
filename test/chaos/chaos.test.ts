/** The short form of `npm run chaos`. A seed that failed is run again with `npm run chaos -- --seed N`. */
import test from 'ava';
import { romp } from './romp.ts';

test.serial('whatever dies, nothing accepted is lost, doubled, turned round or told wrongly', async (t) => {
  t.timeout(300_000);
  const { facts, ...sins } = await romp(t, {
    seed: Math.floor(Math.random() * 1_000_000),
    tenants: 7,
    conversations: 12,
    messages: 8,
    events: 30,
    paceMs: 4000,
    pauseMs: [500, 2000],
    say: (line) => t.log(line),
  });
  t.log(JSON.stringify(facts));
  t.true((facts.accepted ?? 0) === 7 * 12 * 8);
  t.true((facts.faults ?? 0) > 0);
  t.deepEqual(
    Object.entries(sins).filter(([, number]) => number !== 0),
    [],
  );
});

/** The short form of `npm run chaos`: without refreshes, which take minutes when their answers are lost, and without the time that
 *  recovery takes, which is the machine's as much as ours. A seed that failed is run again with `npm run chaos -- --seed N`. */
import test from 'ava';
import { romp } from './romp.ts';

test.serial('whatever dies, nothing accepted is lost, doubled, turned round or told wrongly', async (t) => {
  t.timeout(600_000);
  const {
    facts,
    lateRecoveries: _,
    ...sins
  } = await romp(t, {
    seed: Math.floor(Math.random() * 1_000_000),
    tenants: 7,
    conversations: 8,
    messages: 6,
    events: 20,
    accessSeconds: 3600,
    paceMs: 5000,
    pauseMs: [500, 2000],
    say: (line) => t.log(line),
  });
  t.log(JSON.stringify(facts));
  t.true((facts.accepted ?? 0) === 7 * 8 * 6);
  t.true((facts.faults ?? 0) > 0);
  t.deepEqual(
    Object.entries(sins).filter(([, number]) => number !== 0),
    [],
  );
});

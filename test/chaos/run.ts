/**
 * `npm run chaos [-- --seed N --messages N --tenants N --conversations N]`: everything that may break breaks while tenants send and
 * Divar tells; then it is counted what was lost, doubled, turned round or told wrongly. Exits 1 when anything was.
 */
import { parseArgs } from 'node:util';
import { romp } from './romp.ts';

const { values: flags } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    tenants: { type: 'string', default: '20' },
    conversations: { type: 'string', default: '50' },
    messages: { type: 'string', default: '10' },
    events: { type: 'string', default: '100' },
    pace: { type: 'string', default: '1000' },
  },
});

const endings: (() => unknown)[] = [];
const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  const verdict = await romp(
    { teardown: (end) => void endings.push(end) },
    {
      seed: Number(flags.seed),
      tenants: Number(flags.tenants),
      conversations: Number(flags.conversations),
      messages: Number(flags.messages),
      events: Number(flags.events),
      paceMs: Number(flags.pace),
      accessSeconds: 80,
      pauseMs: [500, 3000],
      say,
    },
  );
  const { facts, ...sins } = verdict;
  say(JSON.stringify({ seed: Number(flags.seed), ...sins, facts }, null, 2));
  process.exitCode = Object.values(sins).every((number) => number === 0) ? 0 : 1;
} finally {
  for (const end of endings.reverse()) await end();
}
process.exit();

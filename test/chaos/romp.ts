/** One run: build the world, call and break at once, let it come to rest, judge. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Teardown } from '../helpers/database.ts';
import { callUntilAccepted, settleUnknown } from './callers.ts';
import { judge, type Verdict } from './checker.ts';
import { createDice } from './dice.ts';
import { startFakeDivar } from './fake-divar.ts';
import { startMonkey } from './monkey.ts';
import { startReceivers } from './receivers.ts';
import { startWorld } from './world.ts';

export interface RompSize {
  seed: number;
  tenants: number;
  /** Per tenant. */
  conversations: number;
  /** Per conversation. */
  messages: number;
  /** Of Divar, per tenant. */
  events: number;
  /** At most, between two messages of a conversation and two events of a tenant: a run has to last. */
  paceMs: number;
  /** Of the access tokens; they are renewed when a quarter of it is left. */
  accessSeconds: number;
  /** Between two mischiefs. */
  pauseMs: readonly [least: number, most: number];
  say(line: string): void;
}

/** Longer than the second wait for a refresh whose answer was lost, and a probe. */
const REST_MS = 400_000;

export async function romp(t: Teardown, size: RompSize): Promise<Verdict> {
  const { seed, say } = size;
  say(`seed ${seed}`);
  // Each has dice of its own, so that the pace of one does not change the luck of another.
  const [moods, mischief, calls] = [createDice(seed), createDice(seed + 1), createDice(seed + 2)];
  const divar = await startFakeDivar(t, { dice: moods, accessSeconds: size.accessSeconds });
  const receivers = await startReceivers(t);
  const world = await startWorld(t, { divar, receivers, tenantCount: size.tenants });
  say(`${world.tenants.length} tenants`);
  const monkey = startMonkey(world, mischief, size.pauseMs);
  const callers = await callUntilAccepted(world, divar, calls, { ...size, inFlight: 48 });
  say(`${callers.accepted.length} messages accepted, ${callers.told.length} events acknowledged`);
  await monkey.stop();
  say(`mischief: ${JSON.stringify(monkey.done)}`);
  divar.calmDown();
  await rest();
  return await judge(world, divar, receivers, callers);

  /** Until nothing is under way any more, or nothing more is to be hoped for. */
  async function rest(): Promise<void> {
    let isOver = false;
    const settling = settleUnknown(world, divar, () => isOver);
    const endsAt = Date.now() + REST_MS;
    const goodEndpoints = `select id from endpoints where url like '%/good/%'`;
    for (;;) {
      const [row] = await world.query<{ open: number; untold: number }>(
        `select (select count(*)::int from messages where final_at is null) as open,
                (select count(*)::int from deliveries where state = 'pending' and endpoint_id in (${goodEndpoints})) as untold`,
      );
      if ((row?.open === 0 && row.untold === 0) || Date.now() > endsAt) break;
      await delay(200);
    }
    isOver = true;
    await settling;
  }
}

/** The refresh as a machine: whatever Divar answers, whoever dies and however long it takes, no rule is broken. */
import test from 'ava';
import fc from 'fast-check';
import { createGrantRefresh } from '../../src/consent/refresh.ts';
import { Killed, openRefreshRoom, type RefreshRoom } from './refresh-room.ts';
import type { Behaviour } from './token-server.ts';

type Step =
  | { kind: 'pass'; seconds: number }
  | { kind: 'wait' }
  | { kind: 'look' }
  | { kind: 'ask'; at: 'before_call' | 'after_call' | undefined; twice: boolean }
  | { kind: 'divar'; behaviour: Behaviour };

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Step>({ kind: 'look' }) },
    { weight: 3, arbitrary: fc.constant<Step>({ kind: 'wait' }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('pass' as const),
        seconds: fc.constantFrom(1, 20, 31, 60, 95, 105, 125, 151, 400, 3700),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('ask' as const),
        at: fc.constantFrom('before_call' as const, 'after_call' as const, undefined),
        twice: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('divar' as const),
        behaviour: fc.constantFrom<Behaviour>('answer', 'lose', 'error', 'throttle', 'reset', 'nonsense'),
      }),
    },
  ),
  { minLength: 3, maxLength: 14 },
);

/** Losses in a row that a grant must be able to bear: four in one window are taken for an outage. */
const MAX_LOSSES = 3;

async function take(room: RefreshRoom, id: string, step: Step): Promise<void> {
  switch (step.kind) {
    case 'pass':
      return await room.passTime(step.seconds);
    case 'wait':
      await room.passToNext();
      return;
    case 'look':
      await room.worker.tick();
      return;
    case 'divar':
      room.divar.behave = () => step.behaviour;
      return;
    case 'ask': {
      room.killed.at = step.at;
      const other = createGrantRefresh(room.deps);
      const asked = [room.refresh, ...(step.twice ? [other] : [])].map((one) =>
        one.refreshNow(room.app.tenantId, id).catch((cause) => {
          if (!(cause instanceof Killed)) throw cause;
        }),
      );
      await Promise.race(asked);
      // Whoever waits for the dead waits for its lease.
      if (step.at !== undefined) await room.passTime(31);
      await Promise.all(asked);
      if (step.at !== undefined) await room.passTime(31);
      room.killed.at = undefined;
    }
  }
}

test.serial(
  'no refresh token is used late or twice at once, and only a lost answer breaks a grant',
  async (t) => {
    t.timeout(300_000);
    const room = await openRefreshRoom(t);
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        await room.owner('delete from grants');
        room.announced.length = 0;
        room.divar.behave = () => 'answer';
        const id = await room.grant();
        await room.worker.tick();
        const rotationsBefore = room.divar.rotationCount;
        let lossCount = 0;
        for (const step of run) {
          if (step.kind === 'divar' && step.behaviour === 'lose' && lossCount >= MAX_LOSSES) continue;
          await take(room, id, step);
          if (step.kind === 'divar' && step.behaviour === 'lose') lossCount += 1;
          if (step.kind === 'divar' && step.behaviour === 'lose') room.divar.behave = once('lose');
        }
        room.divar.behave = () => 'answer';
        for (let look = 0; look < 12; look += 1) {
          await room.passToNext();
          await room.worker.tick();
        }
        const { freshness, tokens } = await room.look(id);
        const rotatedCount = room.divar.rotationCount - rotationsBefore;
        if (freshness.state === 'broken') {
          const wasLost = run.some(mayLoseAnswer);
          if (!wasLost) throw new Error(`broken (${freshness.reason}) although no answer was lost`);
          if (room.announced.filter(({ type }) => type === 'grant.broken').length !== 1)
            throw new Error('not told once');
        } else if (freshness.sentAgeSeconds === null) {
          if (tokens?.refreshToken !== room.divar.newest().refreshToken && rotatedCount > 0)
            throw new Error('what is stored is not what Divar gave last');
        }
        if (room.divar.lateUseCount > 0) throw new Error('a refresh token was used late');
        if (room.divar.concurrentCount > 1) throw new Error('a refresh token was used twice at once');
      }),
      { numRuns: 15, endOnFailure: true },
    );
    t.deepEqual(room.divar.problems, []);
  },
);

/** Only then may Divar have given a pair that nobody has. */
function mayLoseAnswer(step: Step): boolean {
  if (step.kind === 'ask') return step.at !== undefined;
  return step.kind === 'divar' && ['lose', 'reset', 'nonsense'].includes(step.behaviour);
}

function once(behaviour: Behaviour): () => Behaviour {
  let isFirst = true;
  return () => {
    const now = isFirst ? behaviour : 'answer';
    isFirst = false;
    return now;
  };
}

/** Random histories against a model: what each message becomes, how often Divar was asked, and in which order. */
import test from 'ava';
import fc from 'fast-check';
import type { MessageState, OnUnknown } from '../../src/messages/messages.ts';
import { createMessageWorker } from '../../src/messages/worker.ts';
import type { Behaviour } from './fake-chat.ts';
import { openRoom, type Room } from './setup.ts';

const LADDER = [1, 5];
const CONVERSATION_COUNT = 4;

/** What Divar does with one try, and what that means for a model that knows nothing of our code. */
const FATES = {
  delivered: { behaviour: 'deliver', reached: true, meaning: 'sent' },
  lost_after: { behaviour: 'lost', reached: true, meaning: 'unknown' },
  lost_before: { behaviour: 'reset_unread', reached: false, meaning: 'unknown' },
  broken: { behaviour: { status: 502, body: '<html>502</html>' }, reached: false, meaning: 'unknown' },
  throttled: { behaviour: { status: 429 }, reached: false, meaning: 'app_waits' },
  unavailable: { behaviour: { status: 503 }, reached: false, meaning: 'not_sent' },
  forbidden: { behaviour: { status: 403, body: '{"code":7}' }, reached: false, meaning: 'refused' },
} as const satisfies Record<string, { behaviour: Behaviour; reached: boolean; meaning: string }>;
type Fate = keyof typeof FATES;

interface Wish {
  conversation: number;
  onUnknown: OnUnknown;
  /** Of its tries, in order; whatever comes after them is delivered. */
  fates: Fate[];
}

interface Expected {
  state: MessageState;
  tryCount: number;
  reachedCount: number;
}

/** The fate of one message that has come to the head of its conversation. */
function foretell({ onUnknown, fates }: Wish): Expected {
  let reachedCount = 0;
  let rungCount = 0;
  for (let tryCount = 1; ; tryCount += 1) {
    const { reached, meaning } = FATES[fates[tryCount - 1] ?? 'delivered'];
    if (reached) reachedCount += 1;
    // The whole app waits for its limit; no message is to blame for that.
    if (meaning !== 'app_waits') rungCount += 1;
    const isLast = rungCount > LADDER.length;
    const end = (state: MessageState): Expected => ({ state, tryCount, reachedCount });
    if (meaning === 'sent') return end('sent');
    if (meaning === 'refused') return end('failed');
    if (meaning === 'unknown' && onUnknown === 'hold') return end('unknown');
    if (meaning === 'unknown' && onUnknown === 'fail') return end('failed');
    if (isLast && meaning !== 'app_waits') return end('failed');
  }
}

/** Behind an unknown outcome that is held, nothing moves. */
function foretellAll(wishes: readonly Wish[]): Expected[] {
  const stopped = new Set<number>();
  return wishes.map((wish) => {
    if (stopped.has(wish.conversation)) return { state: 'queued', tryCount: 0, reachedCount: 0 };
    const expected = foretell(wish);
    if (expected.state === 'unknown') stopped.add(wish.conversation);
    return expected;
  });
}

const wish: fc.Arbitrary<Wish> = fc.record({
  conversation: fc.nat(CONVERSATION_COUNT - 1),
  onUnknown: fc.constantFrom('hold', 'retry', 'fail'),
  fates: fc.array(fc.constantFrom(...(Object.keys(FATES) as Fate[])), { maxLength: 4 }),
});

/** Two workers that tick at the same time, and time that passes, until nothing changes any more. */
async function settle(room: Room): Promise<void> {
  const workers = [room.worker, createMessageWorker({ ...room.workerDeps, batchCount: 3 })];
  for (const _ of LADDER) {
    await room.drain(...workers);
    await room.passTime(4000);
  }
  await room.drain(...workers);
  // Heads that came up late climb their own ladders.
  for (let round = 0; round < 200; round += 1) {
    const [row] = await room.owner<{ count: number }>(
      'select count(*)::int as count from conversations where due_at is not null',
    );
    if (row?.count === 0) return;
    await room.passTime(4000);
    await room.drain(...workers);
  }
}

/** Accepts half of the wishes, lets workers begin, then accepts the rest while they work. */
async function play(room: Room, wishes: readonly Wish[]) {
  const sessions = await Promise.all(
    Array.from({ length: CONVERSATION_COUNT }, (_, n) => room.visit({ visit: { conversationId: `c${n}` } })),
  );
  room.divar.behave = ({ text, number }) =>
    FATES[wishes[Number(text)]?.fates[number - 1] ?? 'delivered'].behaviour;
  const accept = async (from: number, to: number) => {
    const ids: string[] = [];
    for (const [n, { conversation, onUnknown }] of [...wishes.entries()].slice(from, to)) {
      const session_id = sessions[conversation]?.id;
      ids.push((await room.accept({ session_id, text: `${n}`, on_unknown: onUnknown })).id);
    }
    return ids;
  };
  const half = Math.ceil(wishes.length / 2);
  const first = await accept(0, half);
  const [second] = await Promise.all([accept(half, wishes.length), room.worker.tick()]);
  await settle(room);
  return await Promise.all([...first, ...second].map(room.find));
}

test('every message ends as its tries demand, in the order of its conversation', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 12 }), async (wishes) => {
      const ends: (() => void | Promise<void>)[] = [];
      try {
        const room = await openRoom({ teardown: (end) => void ends.unshift(end) }, { ladder: LADDER });
        const messages = await play(room, wishes);
        const reached = room.divar.delivered.map(({ text }) => Number(text));
        const tried = room.divar.requests.map((line) => Number(line.split(' ')[1]));
        const actual = messages.map(({ state, attemptCount }, n) => ({
          state,
          tryCount: attemptCount,
          reachedCount: reached.filter((one) => one === n).length,
        }));
        t.deepEqual(actual, foretellAll(wishes));
        for (let conversation = 0; conversation < CONVERSATION_COUNT; conversation += 1) {
          const own = tried.filter((n) => wishes[n]?.conversation === conversation);
          t.deepEqual(
            own,
            [...own].sort((a, b) => a - b),
          );
        }
      } finally {
        for (const end of ends) await end();
      }
    }),
    { numRuns: 12 },
  );
});

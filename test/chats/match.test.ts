import test from 'ava';
import fc from 'fast-check';
import { CLOCK_SKEW_MS, type Echo, matchEchoes, type Try } from '../../src/chats/match.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 24) + seconds * 1000);
const aTry = (messageId: string, began: number, answered: number | null = null): Try => ({
  messageId,
  beganAt: at(began),
  answeredAt: answered === null ? null : at(answered),
});
const anEcho = (divarKey: string, sent: number, seen = sent): Echo => ({
  divarKey,
  sentAt: at(sent),
  seenAt: at(seen),
});

test('one echo settles one message, and of two equal ones neither', (t) => {
  const alone = matchEchoes([aTry('a', 0)], [anEcho('e1', 1)]);
  t.true(alone.isCertain('a'));
  t.true(alone.ours.has('e1'));
  const equal = matchEchoes([aTry('a', 0), aTry('b', 10)], [anEcho('e1', 11)]);
  t.deepEqual([equal.isCertain('a'), equal.isCertain('b')], [false, false]);
  t.deepEqual([equal.isPossible('a'), equal.isPossible('b')], [true, true]);
  const both = matchEchoes([aTry('a', 0), aTry('b', 10)], [anEcho('e1', 11), anEcho('e2', 12)]);
  t.deepEqual([both.isCertain('a'), both.isCertain('b')], [true, true]);
});

test('the echo of a message that Divar has answered does not count for its equal', (t) => {
  const tries = [aTry('answered', 0, 1), aTry('lost', 20)];
  t.false(matchEchoes(tries, [anEcho('e1', 21)]).isCertain('lost'));
  // Seen before the second was sent, the first echo can only be of the first.
  t.true(matchEchoes(tries, [anEcho('e1', 1), anEcho('e2', 21)]).isCertain('lost'));
  const late = CLOCK_SKEW_MS / 1000 + 30;
  t.true(matchEchoes([aTry('answered', 0, 1), aTry('lost', late)], [anEcho('e', late)]).isCertain('lost'));
});

test('what was seen or written before a try is not its echo, and a second echo of one try is not ours', (t) => {
  t.false(matchEchoes([aTry('a', 10)], [anEcho('e', 5)]).isPossible('a'));
  t.is(matchEchoes([aTry('a', 1000)], [anEcho('e', 0, 2000)]).ours.size, 0);
  t.deepEqual([...matchEchoes([aTry('a', 0)], [anEcho('e1', 1), anEcho('e2', 2)]).ours], ['e1']);
});

interface Sending {
  text: 'one' | 'two';
  reaches: boolean;
  isAnswered: boolean;
  hasEcho: boolean;
  gap: number;
}
const sending: fc.Arbitrary<Sending> = fc.record({
  text: fc.constantFrom('one', 'two'),
  reaches: fc.boolean(),
  isAnswered: fc.boolean(),
  hasEcho: fc.boolean(),
  gap: fc.integer({ min: 1, max: 400 }),
});

/** Sends one after another; what reached the chat may have an echo, whose time and order are anybody's. */
function playOut(sendings: readonly Sending[], delays: readonly number[]) {
  let now = 0;
  return sendings.map((one, n) => {
    now += one.gap;
    const isAnswered = one.reaches && one.isAnswered;
    const delay = delays[n] ?? 0;
    return {
      ...one,
      messageId: `m${n}`,
      made: aTry(`m${n}`, now, isAnswered ? now + 0.2 : null),
      echo: one.reaches && one.hasEcho ? anEcho(`e${n}`, now + 0.1, now + 0.1 + delay) : undefined,
    };
  });
}

test('whatever is lost and however echoes arrive, only what was sent is ever called sent', (t) => {
  fc.assert(
    fc.property(
      fc.array(sending, { maxLength: 8 }),
      fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 8, maxLength: 8 }),
      fc.integer({ min: 0, max: 8 }),
      (sendings, delays, seenCount) => {
        const played = playOut(sendings, delays);
        for (const text of ['one', 'two'] as const) {
          const own = played.filter((one) => one.text === text);
          const echoes = own
            .flatMap(({ echo }) => echo ?? [])
            .sort((one, other) => one.seenAt.getTime() - other.seenAt.getTime())
            .slice(0, seenCount);
          const matching = matchEchoes(
            own.map(({ made }) => made),
            echoes,
          );
          const certain = own.filter(({ messageId }) => matching.isCertain(messageId));
          if (certain.some(({ reaches }) => !reaches)) return false;
          if (certain.length > echoes.length) return false;
          // All of ours is recognised, and nothing that has an echo is taken for impossible.
          if (matching.ours.size !== echoes.length) return false;
          const seen = own.filter(({ echo }) => echo && echoes.includes(echo));
          if (seen.some(({ messageId }) => !matching.isPossible(messageId))) return false;
          // As many echoes as tries: everything is accounted for.
          if (echoes.length === own.length && certain.length !== own.length) return false;
        }
        return true;
      },
    ),
    { numRuns: 2000 },
  );
  t.pass();
});

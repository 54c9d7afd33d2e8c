import test from 'ava';
import fc from 'fast-check';
import type { AnswerCode } from '../../src/divar/chat-replies.ts';
import { advanceMessage, type OnUnknown } from '../../src/messages/messages.ts';
import { decideOutcome } from '../../src/messages/outcome.ts';

const policy = { ladder: [1, 5, 15], dice: 0 };

interface Facts {
  stage: 'before_send' | 'ambiguous' | 'answered';
  code: string;
  attemptCount?: number;
  onUnknown?: OnUnknown;
  grantId?: string | null;
  retryAfterSeconds?: number | null;
}

const decide = ({
  stage,
  code,
  attemptCount = 1,
  onUnknown = 'hold',
  grantId = 'grt_1',
  retryAfterSeconds = null,
}: Facts) =>
  decideOutcome(
    { stage, code, retryAfterSeconds },
    { failureCount: attemptCount - 1, onUnknown, grantId },
    policy,
  );

test('what Divar has confirmed is sent', (t) => {
  t.deepEqual(decide({ stage: 'answered', code: 'sent' }), {
    step: 'confirm',
    code: null,
    waitSeconds: 0,
    climbs: false,
  });
});

for (const [code, expected] of [
  ['invalid', 'refused_by_divar'],
  ['unauthorized', 'grant_broken'],
  ['forbidden', 'forbidden'],
  ['target_not_found', 'target_not_found'],
  ['recipient_restricted', 'recipient_restricted'],
  ['rejected', 'refused_by_divar'],
] as const) {
  test(`the final answer "${code}" fails at once, whatever the tenant chose for unknown outcomes`, (t) => {
    for (const onUnknown of ['hold', 'retry', 'fail'] as const)
      t.deepEqual(decide({ stage: 'answered', code, onUnknown }), {
        step: 'fail',
        code: expected,
        waitSeconds: 0,
        climbs: false,
      });
  });
}

test('a 401 without a grant speaks of the API key', (t) => {
  t.is(decide({ stage: 'answered', code: 'unauthorized', grantId: null }).code, 'api_key_refused');
});

for (const [stage, code, expected] of [
  ['before_send', 'connect', 'divar_unreachable'],
  ['before_send', 'dns', 'divar_unreachable'],
  ['before_send', 'tls', 'divar_unreachable'],
  ['before_send', 'timeout', 'divar_unreachable'],
  ['before_send', 'no_api_key', 'app_not_ready'],
  ['answered', 'unavailable', 'divar_unavailable'],
] as const) {
  test(`"${code}" ${stage} is surely not sent: the schedule, then failed`, (t) => {
    const waits = [1, 2, 3, 4].map((attemptCount) =>
      decide({ stage, code, attemptCount, onUnknown: 'fail' }),
    );
    t.deepEqual(
      waits.map(({ step, waitSeconds }) => [step, waitSeconds]),
      [
        ['requeue', 1],
        ['requeue', 5],
        ['requeue', 15],
        ['fail', 0],
      ],
    );
    t.true(waits.every((outcome) => outcome.code === expected));
  });
}

test('waits as long as Divar asks', (t) => {
  t.is(decide({ stage: 'answered', code: 'unavailable', retryAfterSeconds: 90 }).waitSeconds, 90);
});

test('a limit of the app is not the fault of the message: it climbs no rung and never fails by it', (t) => {
  for (const attemptCount of [1, 4, 40])
    t.deepEqual(decide({ stage: 'answered', code: 'throttled', attemptCount, retryAfterSeconds: 90 }), {
      step: 'requeue',
      code: 'throttled',
      waitSeconds: 0,
      climbs: false,
    });
});

test('what has killed three processes is set aside, but what may have been sent stays unknown', (t) => {
  t.is(decide({ stage: 'before_send', code: 'poisoned' }).code, 'poisoned');
  t.like(decide({ stage: 'ambiguous', code: 'poisoned', onUnknown: 'retry' }), {
    step: 'fail',
    code: 'poisoned',
  });
  t.is(decide({ stage: 'ambiguous', code: 'poisoned', onUnknown: 'hold' }).step, 'lose');
});

for (const [stage, code] of [
  ['ambiguous', 'reset'],
  ['ambiguous', 'timeout'],
  ['ambiguous', 'process_died'],
  ['ambiguous', 'divar_error'],
  ['ambiguous', 'malformed_reply'],
  ['answered', 'divar_error'],
  ['answered', 'something new'],
] as const) {
  test(`"${code}" ${stage} is unknown, and the tenant decides`, (t) => {
    t.deepEqual(decide({ stage, code }), {
      step: 'lose',
      code: 'outcome_unknown',
      waitSeconds: 0,
      climbs: true,
    });
    t.deepEqual(decide({ stage, code, onUnknown: 'fail' }), {
      step: 'fail',
      code: 'outcome_unknown',
      waitSeconds: 0,
      climbs: false,
    });
    const retry = decide({ stage, code, onUnknown: 'retry' });
    t.deepEqual(retry, {
      step: 'requeue',
      code: 'outcome_unknown',
      waitSeconds: 1,
      climbs: true,
    });
    t.is(decide({ stage, code, onUnknown: 'retry', attemptCount: 4 }).step, 'fail');
  });
}

test('what we cannot prepare is set aside after three tries', (t) => {
  const steps = [1, 2, 3].map(
    (attemptCount) => decide({ stage: 'before_send', code: 'not_renderable', attemptCount }).step,
  );
  t.deepEqual(steps, ['requeue', 'requeue', 'fail']);
});

const ANSWERS: AnswerCode[] = [
  'invalid',
  'unauthorized',
  'forbidden',
  'target_not_found',
  'rejected',
  'throttled',
  'unavailable',
];

test('never sends again what may have been sent, unless the tenant chose so', (t) => {
  const results = fc.record({
    stage: fc.constantFrom('before_send' as const, 'ambiguous' as const, 'answered' as const),
    code: fc.oneof(
      fc.constantFrom<string>(...ANSWERS, 'sent', 'divar_error', 'malformed_reply'),
      fc.string(),
    ),
    attemptCount: fc.integer({ min: 1, max: 20 }),
    onUnknown: fc.constantFrom('hold' as const, 'fail' as const),
  });
  const isSurelyNotSent = ({ stage, code }: { stage: string; code: string }) =>
    stage === 'before_send' || (stage === 'answered' && (code === 'throttled' || code === 'unavailable'));
  fc.assert(
    fc.property(results, (facts) => {
      const { step } = decide(facts);
      advanceMessage('sending', step);
      return step !== 'requeue' || isSurelyNotSent(facts);
    }),
  );
  t.pass();
});

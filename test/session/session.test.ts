import test from 'ava';
import fc from 'fast-check';
import { Problem } from '../../src/errors.ts';
import {
  advanceSession,
  SESSION_TRANSITIONS,
  type Session,
  type SessionStep,
  type StoredState,
  stateAt,
} from '../../src/session/session.ts';

const NOW = new Date('2026-03-01T08:30:15.250Z');
const STATES: StoredState[] = ['created', 'opened', 'consenting', 'landed', 'completed'];
const STEPS = Object.keys(SESSION_TRANSITIONS) as SessionStep[];

function sessionIn(state: StoredState, expiresAt = new Date(NOW.getTime() + 1)): Session {
  return {
    tenantId: 'ten_1',
    id: 'ses_1',
    appId: 'app_1',
    generation: 'v2',
    entry: 'init',
    simulated: true,
    visit: {
      source: null,
      sourceRaw: null,
      postToken: null,
      conversationId: null,
      user: { id: null, side: null },
      peer: { id: null },
      data: null,
      page: null,
      location: null,
      returnAddress: null,
      extra: {},
    },
    createdAt: NOW,
    launchExpiresAt: NOW,
    expiresAt,
    state,
    consent: 'none',
    identity: 'unverified',
    browserHash: null,
    grantId: null,
    openedAt: null,
    landedAt: null,
    completedAt: null,
  };
}

test('a visit goes from the tap to the return', (t) => {
  const steps: SessionStep[] = ['open', 'ask_consent', 'settle_consent', 'land', 'complete'];
  const seen = steps.reduce<Session[]>(
    (path, step) => [...path, advanceSession(path.at(-1) ?? sessionIn('created'), step, NOW)],
    [],
  );
  t.deepEqual(
    seen.map(({ state }) => state),
    ['opened', 'consenting', 'opened', 'landed', 'completed'],
  );
  t.deepEqual([seen.at(-1)?.openedAt, seen.at(-1)?.landedAt, seen.at(-1)?.completedAt], [NOW, NOW, NOW]);
});

test('a step is taken exactly when the table has it', (t) => {
  for (const state of STATES) {
    for (const step of STEPS) {
      const next = (SESSION_TRANSITIONS[step] as Partial<Record<StoredState, StoredState>>)[state];
      if (next !== undefined) t.is(advanceSession(sessionIn(state), step, NOW).state, next);
      else
        t.is(
          t.throws(() => advanceSession(sessionIn(state), step, NOW), { instanceOf: Problem })?.code,
          'conflict',
        );
    }
  }
});

test('nothing happens to an expired session, and a completed one does not expire', (t) => {
  for (const state of STATES)
    t.is(stateAt(sessionIn(state, NOW), NOW), state === 'completed' ? 'completed' : 'expired');
  for (const step of STEPS)
    t.throws(() => advanceSession(sessionIn('opened', NOW), step, NOW), { instanceOf: Problem });
});

test('whatever the steps, instants are set once and a completed session stays completed', (t) => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...STEPS)), (steps) => {
      let session = sessionIn('created', new Date(NOW.getTime() + 1_000_000));
      let nowMs = NOW.getTime();
      for (const step of steps) {
        nowMs += 1;
        const before = session;
        try {
          session = advanceSession(session, step, new Date(nowMs));
        } catch {
          continue;
        }
        if (before.state === 'completed' && session.state !== 'completed') return false;
        for (const at of ['openedAt', 'landedAt', 'completedAt'] as const) {
          if (before[at] !== null && before[at] !== session[at]) return false;
        }
      }
      return (session.state === 'completed') === (session.completedAt !== null);
    }),
  );
  t.pass();
});

import test from 'ava';
import { Problem } from '../../src/errors.ts';
import { createVisitIntake } from '../../src/init/intake.ts';
import { createHandles } from '../../src/session/handle.ts';
import type { NewSession } from '../../src/session/session.ts';
import { createTestClock, testSeal } from '../helpers/fakes.ts';
import { silentLog } from '../helpers/log.ts';
import { newSession } from '../helpers/sessions.ts';

const handles = createHandles({ seal: testSeal() });
const visit = (data?: object) =>
  newSession({ tenantId: 'ten_1', appId: 'app_1', ...(data ? { visit: { data: { ...data } } } : {}) });

/** An intake on a database that answers as `write` says; `batches` is what it was given. */
function setup(write: (sessions: readonly NewSession[]) => Promise<void>) {
  const batches: (readonly NewSession[])[] = [];
  const clock = createTestClock();
  const intake = createVisitIntake({
    db: { intake: async () => [] },
    store: {
      intake: async (_db, sessions) => {
        batches.push(sessions);
        await write(sessions);
      },
    },
    handles,
    clock,
    log: silentLog(),
  });
  return { intake, batches, clock };
}

test('gives a handle only after the visit is written', async (t) => {
  const events: string[] = [];
  const { intake } = setup(async () => void events.push('written'));
  const session = visit();
  const handle = await intake.accept(session);
  events.push('answered');
  t.deepEqual(events, ['written', 'answered']);
  t.like(handles.read('start', handle), { sessionId: session.id, carried: undefined });
});

test('visits that come together share a statement, and each is written once', async (t) => {
  const { intake, batches } = setup(async () => undefined);
  const sessions = Array.from({ length: 500 }, () => visit());
  await Promise.all(sessions.map((session) => intake.accept(session)));
  t.true(batches.length <= 5);
  t.deepEqual(
    batches
      .flat()
      .map(({ id }) => id)
      .sort(),
    sessions.map(({ id }) => id).sort(),
  );
});

test('while the database is away the handle carries the visit, and nobody waits for the database again at once', async (t) => {
  const { intake, batches, clock } = setup(() => Promise.reject(new Error('away')));
  const [first, second] = [visit(), visit()];
  t.deepEqual(handles.read('start', await intake.accept(first))?.carried, first);
  t.deepEqual(handles.read('start', await intake.accept(second))?.carried, second);
  t.is(batches.length, 1);
  clock.advance(1000);
  await intake.accept(visit());
  t.is(batches.length, 2);
});

test('a database that never answers costs one patience and no visit', async (t) => {
  const { intake } = setup(() => new Promise(() => undefined));
  const session = visit();
  t.deepEqual(handles.read('start', await intake.accept(session))?.carried, session);
});

test('a visit that is too large for a handle is refused while the database is away', async (t) => {
  const { intake } = setup(() => Promise.reject(new Error('away')));
  const error = await t.throwsAsync(intake.accept(visit({ note: 'x'.repeat(4000) })), {
    instanceOf: Problem,
  });
  t.is(error?.code, 'unavailable');
  t.is(error?.retryAfterSeconds, 1);
});

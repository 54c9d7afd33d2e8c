import test from 'ava';
import { createChatClient } from '../../src/divar/chat.ts';
import type { SendResult } from '../../src/divar/chat-replies.ts';
import { Problem } from '../../src/errors.ts';
import { createMessageWorker } from '../../src/messages/worker.ts';
import { createCall } from '../../src/platform/call.ts';
import { CONVERSATION, openRoom, type Room, V1_PEER, V1_USER, V2_USER } from './setup.ts';

const other = (n: number) => ({ visit: { conversationId: `conversation-${n}` } });

test('brings a message of the second generation into its conversation', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const { id, state } = await room.accept({
    session_id: session.id,
    text: 'سفارش شما ثبت شد',
    sender_buttons: [
      [
        {
          caption: 'پیگیری',
          icon: 'TERMS',
          action: { open_session: { data: { order: 'A-17' }, page: 'track' } },
        },
      ],
    ],
    receiver_buttons: [[{ caption: 'پرداخت', action: { open_url: 'https://shop.example/p/A-17' } }]],
  });
  t.is(state, 'queued');
  await room.drain();

  t.deepEqual(room.divar.refusals, []);
  const [delivered] = room.divar.delivered;
  t.is(delivered?.to, CONVERSATION);
  t.is(delivered?.token, 'ory_at_1');
  const reference = /"ref":"(pvd_[^"]+)"/.exec(JSON.stringify(delivered?.body))?.[1] ?? '';
  t.deepEqual(delivered?.body, {
    type: 'TEXT',
    message: 'سفارش شما ثبت شد',
    sender_buttons: {
      rows: [
        {
          buttons: [
            { action: { open_server_link: { data: { ref: reference } } }, icon: 'TERMS', caption: 'پیگیری' },
          ],
        },
      ],
    },
    receiver_buttons: {
      rows: [
        { buttons: [{ action: { open_direct_link: 'https://shop.example/p/A-17' }, caption: 'پرداخت' }] },
      ],
    },
  });
  t.deepEqual(await room.inTenant((tx) => room.references.resolve(tx, room.app.id, reference)), {
    kind: 'session',
    data: { order: 'A-17' },
    page: 'track',
    messageId: id,
  });
  const sent = await room.find(id);
  t.is(sent.state, 'sent');
  t.truthy(sent.finalAt);
  const [attempt] = await room.attempts(id);
  t.like(attempt, { number: 1, stage: 'answered', status: 200, outcome: 'sent', code: null });
});

test('brings a message of the first generation to its triple', async (t) => {
  const room = await openRoom(t, { app: { generation: 'v1' } });
  const session = await room.visit({
    generation: 'v1',
    userId: V1_USER,
    visit: { conversationId: null, user: { id: V1_USER, side: null }, peer: { id: V1_PEER } },
  });
  const { id } = await room.accept({
    session_id: session.id,
    text: 'سلام',
    sender_buttons: [[{ caption: 'پیگیری', icon: 'TERMS', action: { open_session: { data: { a: 1 } } } }]],
  });
  await room.drain();
  t.deepEqual(room.divar.refusals, []);
  const [delivered] = room.divar.delivered;
  t.is(delivered?.to, `${V1_USER}:wZ_x9Qa7:${V1_PEER}`);
  t.regex(JSON.stringify(delivered?.body.sender_btn), /"action":"LINK".*"extra_data":\{"ref":"pvd_/);
  t.false('receiver_btn' in (delivered?.body ?? {}));
  t.is((await room.find(id)).state, 'sent');
});

test('a chatbot speaks in its conversation with the key alone', async (t) => {
  const room = await openRoom(t);
  const { id } = await room.accept({
    chatbot: { conversation_id: 'c0ffee00' },
    text: 'سلام',
    receiver_buttons: [[{ caption: 'خانه', action: { open_url: 'https://shop.example/' } }]],
  });
  await room.drain();
  t.like(room.divar.delivered[0], { to: 'c0ffee00', token: undefined });
  t.is((await room.find(id)).state, 'sent');
});

test('a chatbot speaks to a user by his grant, and learns the conversation', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit({ userId: V2_USER, granted: false });
  await room.grant(session, ['CHAT_BOT_USER_MESSAGE_SEND']);
  const { id, conversationId } = await room.accept({ chatbot: { user_id: V2_USER }, text: 'سلام' });
  await room.drain();
  t.deepEqual(room.divar.refusals, []);
  t.like(room.divar.delivered[0], { to: `user:${V2_USER}`, token: 'ory_at_1' });
  t.is((await room.find(id)).state, 'sent');
  const conversation = await room.inTenant((tx) => room.conversations.find(tx, room.app.id, conversationId));
  t.is(conversation?.facts.divarId, 'c0ffee00-1234-4bcd-9e8f-001122334455');
});

test('a conversation named by id is served by whoever of its two sides has granted it', async (t) => {
  const room = await openRoom(t);
  await room.visit({ visit: { user: { id: V2_USER, side: 'demand' } } });
  const { id } = await room.accept({ conversation_id: CONVERSATION, text: 'سلام' });
  await room.drain();
  t.is((await room.find(id)).state, 'sent');
  t.is(room.divar.delivered[0]?.to, CONVERSATION);
});

test('the grant that the tenant names is used, and no other', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const named = await room.grant(session, ['CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND'], {
    accessToken: 'ory_at_named',
  });
  await room.accept({ conversation_id: 'conversation-9', grant_id: named, text: 'سلام' });
  await room.drain();
  t.is(room.divar.delivered[0]?.token, 'ory_at_named');
});

test('a conversation that waits holds up nobody else', async (t) => {
  const room = await openRoom(t);
  const sessions = await Promise.all([1, 2, 3].map((n) => room.visit(other(n))));
  room.divar.behave = ({ to }) => (to === 'conversation-2' ? { status: 503 } : 'deliver');
  for (const session of sessions)
    for (const n of [1, 2]) await room.accept({ session_id: session.id, text: `${n}` });
  await room.drain();
  t.deepEqual(
    room.divar.requests.filter((line) => line.startsWith('conversation-2')),
    ['conversation-2 1'],
  );
  t.deepEqual(room.divar.delivered.map(({ to, text }) => `${to} ${text}`).sort(), [
    'conversation-1 1',
    'conversation-1 2',
    'conversation-3 1',
    'conversation-3 2',
  ]);
});

test('what was surely not sent is tried by the schedule and then fails, and the next one goes on', async (t) => {
  const room = await openRoom(t, { ladder: [1000, 5000] });
  const session = await room.visit();
  room.divar.behave = ({ text }) => (text === 'first' ? { status: 503 } : 'deliver');
  const first = await room.accept({ session_id: session.id, text: 'first' });
  const second = await room.accept({ session_id: session.id, text: 'second' });

  await room.drain();
  t.like(await room.find(first.id), { state: 'queued', code: 'divar_unavailable', attemptCount: 1 });
  for (const [seconds, attemptCount] of [
    [900, 1],
    [400, 2],
    [4900, 2],
    [1200, 3],
  ] as const) {
    await room.passTime(seconds);
    await room.drain();
    t.is((await room.find(first.id)).attemptCount, attemptCount, `after ${seconds} s more`);
  }
  t.like(await room.find(first.id), { state: 'failed', code: 'divar_unavailable' });
  t.is((await room.find(second.id)).state, 'sent');
  t.deepEqual(
    (await room.attempts(first.id)).map(({ stage, status, outcome }) => [stage, status, outcome]),
    [
      ['answered', 503, 'queued'],
      ['answered', 503, 'queued'],
      ['answered', 503, 'failed'],
    ],
  );
});

test('a Divar that cannot be reached is tried again later', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  await room.divar.close();
  const { id } = await room.accept({ session_id: session.id, text: 'سلام' });
  await room.drain();
  t.like(await room.find(id), { state: 'queued', code: 'divar_unreachable' });
  t.like((await room.attempts(id))[0], {
    stage: 'before_send',
    status: null,
    outcome: 'queued',
    code: 'connect',
  });
});

test('comes back no sooner than Divar asks', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  room.divar.behave = ({ number }) =>
    number === 1 ? { status: 429, headers: { 'retry-after': '900' } } : 'deliver';
  const { id } = await room.accept({ session_id: session.id, text: 'سلام' });
  await room.drain();
  await room.passTime(600);
  await room.drain();
  t.like(await room.find(id), { state: 'queued', code: 'throttled', attemptCount: 1 });
  await room.passTime(600);
  await room.drain();
  t.is((await room.find(id)).state, 'sent');
});

for (const [status, body, code] of [
  [400, '{"code":3}', 'refused_by_divar'],
  [403, '{"code":7}', 'forbidden'],
  [404, '', 'target_not_found'],
  [
    412,
    '{"code":9,"message":"message delivery failed due to recipient\'s restriction"}',
    'recipient_restricted',
  ],
] as const) {
  test(`the final answer ${status} fails the message at once, and the next one goes on`, async (t) => {
    const room = await openRoom(t);
    const session = await room.visit();
    room.divar.behave = ({ text }) => (text === 'first' ? { status, body } : 'deliver');
    const first = await room.accept({ session_id: session.id, text: 'first', on_unknown: 'retry' });
    const second = await room.accept({ session_id: session.id, text: 'second' });
    await room.drain();
    t.like(await room.find(first.id), { state: 'failed', code, attemptCount: 1 });
    t.is((await room.find(second.id)).state, 'sent');
  });
}

test('a 401 breaks a grant that cannot be renewed, and with it whatever waits for it', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  room.divar.behave = () => ({ status: 401, body: '{"code":16}' });
  const first = await room.accept({ session_id: session.id, text: 'first' });
  const second = await room.accept({ session_id: session.id, text: 'second' });
  await room.drain();
  t.like(await room.find(first.id), { state: 'failed', code: 'grant_broken', attemptCount: 1 });
  t.like(await room.find(second.id), { state: 'failed', code: 'consent_required', attemptCount: 0 });
  t.is(room.divar.requests.length, 1);
});

for (const behaviour of ['lost', 'reset_unread', { status: 500 }, { status: 200, body: '{}' }] as const) {
  const name = typeof behaviour === 'string' ? behaviour : `${behaviour.status} without a true answer`;
  test(`an answer that is ${name} makes the outcome unknown and stops the conversation`, async (t) => {
    const room = await openRoom(t);
    const session = await room.visit();
    room.divar.behave = ({ text }) => (text === 'first' ? behaviour : 'deliver');
    const first = await room.accept({ session_id: session.id, text: 'first' });
    const second = await room.accept({ session_id: session.id, text: 'second' });
    await room.drain();
    await room.passTime(100_000);
    await room.drain();
    t.like(await room.find(first.id), { state: 'unknown', code: 'outcome_unknown', attemptCount: 1 });
    t.is((await room.find(second.id)).state, 'queued');
    t.like((await room.attempts(first.id))[0], { stage: 'ambiguous', outcome: 'unknown' });
    t.is(room.divar.requests.length, 1);
  });
}

test('an unknown outcome is tried again when the tenant would rather have it twice', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  room.divar.behave = ({ number }) => (number === 1 ? 'lost' : 'deliver');
  const { id } = await room.accept({ session_id: session.id, text: 'سلام', on_unknown: 'retry' });
  await room.drain();
  t.like(await room.find(id), { state: 'queued', code: 'outcome_unknown' });
  await room.passTime(200);
  await room.drain();
  t.is((await room.find(id)).state, 'sent');
  t.is(room.divar.delivered.length, 2);
});

test('an unknown outcome fails when the tenant would rather not have it twice nor wait', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  room.divar.behave = ({ text }) => (text === 'first' ? 'lost' : 'deliver');
  const first = await room.accept({ session_id: session.id, text: 'first', on_unknown: 'fail' });
  const second = await room.accept({ session_id: session.id, text: 'second' });
  await room.drain();
  t.like(await room.find(first.id), { state: 'failed', code: 'outcome_unknown' });
  t.is((await room.find(second.id)).state, 'sent');
});

test('a Divar that never answers costs its deadline and no more', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const never = new Promise<'deliver'>(() => undefined);
  room.divar.behave = () => never;
  const { id } = await room.accept({ session_id: session.id, text: 'سلام' });
  const call = createCall();
  t.teardown(() => call.close());
  const { directory, divar, workerDeps } = room;
  const chat = createChatClient({
    call,
    clock: workerDeps.clock,
    hostsOf: () => divar.hosts,
    directory,
    timeoutMs: 1000,
  });
  await createMessageWorker({ ...workerDeps, chat }).tick();
  t.is((await room.find(id)).state, 'unknown');
  t.like((await room.attempts(id))[0], { stage: 'ambiguous', code: 'timeout' });
});

/** A worker whose process stops for good while Divar is asked; `answer` wakes it up again. */
async function dieWhileSending(room: Room) {
  let answer: (result: SendResult) => void = () => undefined;
  let tellSending: () => void = () => undefined;
  const sending = new Promise<void>((resolve) => {
    tellSending = resolve;
  });
  const chat = {
    send: () => {
      tellSending();
      return new Promise<SendResult>((resolve) => {
        answer = resolve;
      });
    },
  };
  const ticked = createMessageWorker({ ...room.workerDeps, chat }).tick();
  await sending;
  return {
    wakeUp: async () => {
      answer({
        stage: 'answered',
        status: 200,
        code: 'sent',
        retryAfterSeconds: null,
        durationMs: 1,
        divarConversationId: null,
      });
      await ticked;
    },
  };
}

test('a process that dies while it sends leaves an unknown outcome to whoever comes after the lease', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const { id } = await room.accept({ session_id: session.id, text: 'سلام' });
  await dieWhileSending(room);

  await room.drain();
  t.is((await room.find(id)).state, 'sending', 'its lease still stands');
  await room.passTime(31);
  await room.drain();
  t.like(await room.find(id), { state: 'unknown', code: 'outcome_unknown' });
  t.like((await room.attempts(id))[0], { stage: 'ambiguous', code: 'process_died', outcome: 'unknown' });
  t.deepEqual(room.divar.requests, []);
});

test('after the lease an unknown outcome goes the way the tenant chose', async (t) => {
  const room = await openRoom(t);
  const [one, two] = [await room.visit(other(1)), await room.visit(other(2))];
  const retried = await room.accept({ session_id: one.id, text: 'retried', on_unknown: 'retry' });
  await dieWhileSending(room);
  const failed = await room.accept({ session_id: two.id, text: 'failed', on_unknown: 'fail' });
  await dieWhileSending(room);
  await room.passTime(31);
  await room.drain();
  t.is((await room.find(failed.id)).state, 'failed');
  await room.passTime(200);
  await room.drain();
  t.is((await room.find(retried.id)).state, 'sent');
  t.deepEqual(room.divar.requests, ['conversation-1 retried']);
});

test('a process that comes back after its lease cannot change what was decided without it', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const { id } = await room.accept({ session_id: session.id, text: 'سلام', on_unknown: 'fail' });
  const { wakeUp } = await dieWhileSending(room);
  await room.passTime(31);
  await room.drain();
  await wakeUp();
  t.like(await room.find(id), { state: 'failed', code: 'outcome_unknown' });
  t.like((await room.attempts(id))[0], { stage: 'ambiguous', code: 'process_died' });
  t.true(room.log.lines.some(({ message }) => message.startsWith('a result came too late')));
});

test('a result that comes after the lease counts when nobody else came', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const { id } = await room.accept({ session_id: session.id, text: 'سلام' });
  const { wakeUp } = await dieWhileSending(room);
  await room.passTime(31);
  await wakeUp();
  t.is((await room.find(id)).state, 'sent');
});

test('a process that dies between claim and begin has done nothing', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const { id } = await room.accept({ session_id: session.id, text: 'سلام' });
  const [claim] = await room.worker.claim(1);
  await room.drain();
  t.is((await room.find(id)).state, 'queued');
  await room.passTime(31);
  await room.drain();
  t.like(await room.find(id), { state: 'sent', attemptCount: 1 });
  t.truthy(claim);
  if (claim) await room.worker.run(claim);
  t.is(room.divar.delivered.length, 1);
});

test('a lease always outlives the longest call', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  await room.accept({ session_id: session.id, text: 'سلام' });
  await createMessageWorker({ ...room.workerDeps, leaseSeconds: 1 }).claim(1);
  const [row] = await room.owner<{ outlives: boolean }>(
    `select claimed_until > now() + interval '10 seconds' as outlives from conversations`,
  );
  t.true(row?.outlives);
});

test('a known result survives a database that is away for a while', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const { id } = await room.accept({ session_id: session.id, text: 'سلام' });
  let callCount = 0;
  const db: typeof room.db = {
    ...room.db,
    tenant: async (tenantId, run) => {
      callCount += 1;
      if (callCount > 1 && callCount < 4) throw new Problem('unavailable');
      return await room.db.tenant(tenantId, run);
    },
  };
  const waits: number[] = [];
  const pause = async (ms: number) => void waits.push(ms);
  await createMessageWorker({ ...room.workerDeps, db, pause }).tick();
  t.is((await room.find(id)).state, 'sent');
  t.deepEqual(waits, [100, 400]);
  t.is(room.divar.delivered.length, 1);
});

test('what is not sent in time expires, also behind a head that waits', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const expires_at = new Date(Date.now() + 60_000).toISOString();
  room.divar.behave = ({ text }) => (text === 'head' ? 'lost' : 'deliver');
  const head = await room.accept({ session_id: session.id, text: 'head' });
  const late = await room.accept({ session_id: session.id, text: 'late', expires_at });
  const last = await room.accept({ session_id: session.id, text: 'last' });
  await room.drain();
  t.is((await room.find(late.id)).state, 'queued');
  await room.passTime(61);
  await room.drain();
  t.like(await room.find(late.id), { state: 'expired', code: 'expired' });
  t.is((await room.find(head.id)).state, 'unknown');
  t.is((await room.find(last.id)).state, 'queued');
});

test('what expires between two tries is not tried again', async (t) => {
  const room = await openRoom(t, { ladder: [100] });
  const session = await room.visit();
  room.divar.behave = () => ({ status: 503 });
  const expires_at = new Date(Date.now() + 60_000).toISOString();
  const { id } = await room.accept({ session_id: session.id, text: 'سلام', expires_at });
  await room.drain();
  await room.passTime(61);
  await room.drain();
  t.like(await room.find(id), { state: 'expired', attemptCount: 1 });
});

test('a poisoned message is set aside with its reason, and its neighbours go on', async (t) => {
  const room = await openRoom(t);
  const [one, two] = [await room.visit(other(1)), await room.visit(other(2))];
  const poison = await room.accept({ session_id: one.id, text: 'poison' });
  const behind = await room.accept({ session_id: one.id, text: 'behind' });
  const beside = await room.accept({ session_id: two.id, text: 'beside' });
  await room.owner(`update messages set content = 'test.garbage' where id = $1`, [poison.id]);
  for (const seconds of [0, 200, 1000]) {
    await room.passTime(seconds);
    await room.drain();
  }
  t.like(await room.find(poison.id), { state: 'failed', code: 'not_renderable', attemptCount: 3 });
  t.is((await room.find(behind.id)).state, 'sent');
  t.is((await room.find(beside.id)).state, 'sent');
  t.true(
    (await room.attempts(poison.id)).every(
      ({ stage, code }) => stage === 'before_send' && code === 'not_renderable',
    ),
  );
});

test('a conversation whose facts cannot be opened sets its messages aside one by one', async (t) => {
  const room = await openRoom(t, { ladder: [] });
  const session = await room.visit();
  const { id } = await room.accept({ session_id: session.id, text: 'سلام' });
  await room.owner(`update conversations set facts = 'test.garbage'`);
  await room.drain();
  t.like(await room.find(id), { state: 'failed', code: 'not_renderable' });
});

test('a grant that is gone by then fails the message', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const { id } = await room.accept({ session_id: session.id, text: 'سلام' });
  await room.owner(`update grants set state = 'revoked'`);
  await room.drain();
  t.like(await room.find(id), { state: 'failed', code: 'consent_required', attemptCount: 0 });
});

test('waits for a grant when the tenant wants it so, and goes out when one comes', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit({ granted: false });
  const first = await room.accept({ session_id: session.id, text: 'first', on_missing_consent: 'hold' });
  const second = await room.accept({ session_id: session.id, text: 'second', on_missing_consent: 'hold' });
  t.is(first.state, 'held');
  await room.drain();
  t.is((await room.find(first.id)).state, 'held');

  await room.grant(session);
  await room.drain();
  t.is((await room.find(first.id)).state, 'held', 'nobody has told yet');
  await room.inTenant((tx) => room.releaseHeld(tx, room.app, session));
  await room.drain();
  t.is((await room.find(first.id)).state, 'sent');
  t.is((await room.find(second.id)).state, 'sent');
  t.deepEqual(
    room.divar.delivered.map(({ text }) => text),
    ['first', 'second'],
  );
});

test('finds a grant that nobody told of within the hour', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit({ granted: false });
  const { id } = await room.accept({ session_id: session.id, text: 'سلام', on_missing_consent: 'hold' });
  await room.grant(session);
  await room.passTime(3601);
  await room.drain();
  t.is((await room.find(id)).state, 'sent');
});

test('a release without a grant that covers leaves the message held', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit({ granted: false });
  const { id } = await room.accept({ session_id: session.id, text: 'سلام', on_missing_consent: 'hold' });
  await room.grant(session, ['USER_ID']);
  await room.inTenant((tx) => room.releaseHeld(tx, room.app, session));
  await room.drain();
  t.like(await room.find(id), { state: 'held', code: 'consent_required' });
});

test('a suspended app sends nothing, and goes on when it may again', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const { id } = await room.accept({ session_id: session.id, text: 'سلام' });
  await room.owner('update tenants set suspended_at = now()');
  await room.directory.refresh();
  await room.drain();
  t.like(await room.find(id), { state: 'queued', code: 'app_not_ready', attemptCount: 0 });
  await room.owner('update tenants set suspended_at = null');
  await room.directory.refresh();
  await room.passTime(61);
  await room.drain();
  t.is((await room.find(id)).state, 'sent');
});

test('says one line a try, without text, tokens or names of people', async (t) => {
  const room = await openRoom(t);
  const session = await room.visit();
  const { id } = await room.accept({ session_id: session.id, text: 'planted-text' });
  await room.drain();
  const [line, ...more] = room.log.lines;
  t.deepEqual(more, []);
  t.like(line?.fields, { message_id: id, attempt: 1, stage: 'answered', status: 200, state: 'sent' });
  t.notRegex(
    JSON.stringify(room.log.lines),
    new RegExp(`planted-text|ory_at_1|divar-api-key|${CONVERSATION}`),
  );
});

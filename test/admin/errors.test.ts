/** The errors page: what is counted, why, what members decide, and who may. */
import test, { type ExecutionContext } from 'ava';
import { CAUSES, causeOf } from '../../src/admin/causes.ts';
import { createEndpointFigureRoutes } from '../../src/admin/endpoint-figures.ts';
import { createErrorRoutes } from '../../src/admin/error-routes.ts';
import { createErrorStore } from '../../src/admin/error-store.ts';
import { createRefusals } from '../../src/admin/refusals.ts';
import { MAY, ROLES, type Role } from '../../src/members/members.ts';
import { MESSAGE_CODES } from '../../src/messages/messages.ts';
import { queryAsOwner } from '../helpers/database.ts';
import { testNewId } from '../helpers/fakes.ts';
import { addMember, openBrowser, openRoom, type Room, signUp } from '../members/setup.ts';

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;

async function setup(t: ExecutionContext) {
  t.timeout(120_000);
  const errors = createErrorStore();
  const room = await openRoom(t, {
    simulatorUrl: 'http://localhost:3001',
    more: (kit) => [
      ...createErrorRoutes({ ...kit, errors, recordAudit: kit.members.recordAudit }),
      ...createEndpointFigureRoutes(kit),
    ],
  });
  const owner = await signUp(room);
  const app = (await owner.browser.must('GET', `/tenants/${owner.tenant}/apps`)).body.data[0].id as string;
  const path = `/tenants/${owner.tenant}/apps/${app}`;
  const world = worldOf(room, owner.tenant, app);
  const list = async () => (await owner.browser.must('GET', `${path}/errors`)).body;
  return { room, errors, owner, app, path, list, ...world };
}

/** Rows as the other rooms leave them behind. */
function worldOf(room: Room, tenant: string, app: string) {
  const run = (sql: string, values: unknown[] = []) => queryAsOwner(room.ownerUrl, sql, values);
  const idAt = (prefix: Parameters<ReturnType<typeof testNewId>>[0], at: Date) =>
    testNewId({ now: () => at })(prefix);
  const ago = (ms: number) => new Date(room.clock.now().getTime() - ms);
  let position = 0;

  const addConversation = async () => {
    const id = idAt('cnv', ago(DAY_MS));
    await run(
      `insert into conversations (tenant_id, id, app_id, conversation_key, type, facts, created_at) values ($1, $2, $3, $2, 'post', 'x', now())`,
      [tenant, id, app],
    );
    return id;
  };
  const addMessage = async (conversation: string, code: string | null, at: Date, state = 'failed') => {
    const id = idAt('msg', at);
    position += 1;
    await run(
      `insert into messages (tenant_id, id, app_id, conversation_id, position, state, lane, on_unknown, on_missing_consent, code, created_at, state_at)
       values ($1, $2, $3, $4, $5, $6, 'reply', 'hold', 'fail', $7, $8, $8)`,
      [tenant, id, app, conversation, position, state, code, at],
    );
    return id;
  };
  const addDelivery = async (
    endpoint: string,
    at: Date,
    state = 'dead',
    code: string | null = 'bad_status',
  ) => {
    const [event, id] = [idAt('evt', at), idAt('dlv', at)];
    await run(
      `insert into events (tenant_id, id, app_id, type, simulated, created_at) values ($1, $2, $3, 'message.sent', false, $4)`,
      [tenant, event, app, at],
    );
    await run(
      `insert into deliveries (tenant_id, id, app_id, event_id, endpoint_id, lane, state, attempt_count, code, created_at, final_at)
       values ($1, $2, $3, $4, $5, $2, $6, 1, $7, $8, $8)`,
      [tenant, id, app, event, endpoint, state, code, at],
    );
    await run(
      `insert into delivery_attempts (tenant_id, id, app_id, delivery_id, number, stage, status, outcome, duration_ms, created_at)
       values ($1, $2, $3, $4, 1, 'answered', 200, $5, 40, $6)`,
      [tenant, idAt('att', at), app, id, state === 'delivered' ? 'delivered' : 'dead', at],
    );
    return id;
  };
  const addSession = async (consent: string, at: Date) => {
    const id = idAt('ses', at);
    await run(
      `insert into sessions (tenant_id, id, app_id, generation, entry, consent, simulated, facts, created_at, launch_expires_at, expires_at)
       values ($1, $2, $3, 'v2', 'init', $4, false, 'x', $5, $5, $5)`,
      [tenant, id, app, consent, at],
    );
    return id;
  };
  const addBrokenGrant = async (at: Date) => {
    const id = idAt('grt', at);
    await run(
      `insert into grants (tenant_id, id, app_id, generation, facts, state, reason, expires_at, consent_until, created_at)
       values ($1, $2, $3, 'v2', 'x', 'broken', 'refused', $4, $4, $4)`,
      [tenant, id, app, at],
    );
    return id;
  };
  return { run, ago, addConversation, addMessage, addDelivery, addSession, addBrokenGrant };
}

const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id).sort();

test('what went wrong is grouped by its cause, with what to do in both languages', async (t) => {
  const world = await setup(t);
  const { list, ago, addConversation, addMessage, addDelivery, addSession, addBrokenGrant } = world;
  t.deepEqual((await list()).data, []);
  const [one, other] = [await addConversation(), await addConversation()];
  await addMessage(one, 'recipient_restricted', ago(3 * HOUR_MS));
  await addMessage(one, 'recipient_restricted', ago(2 * HOUR_MS));
  const newest = await addMessage(other, 'recipient_restricted', ago(60_000));
  await addMessage(one, 'outcome_unknown', ago(8 * DAY_MS), 'unknown');
  await addDelivery('end_1', ago(HOUR_MS));
  await addDelivery('end_2', ago(HOUR_MS));
  await addBrokenGrant(ago(HOUR_MS));
  await addSession('failed', ago(HOUR_MS));
  await addSession('denied', ago(HOUR_MS));
  const errors = await list();
  t.deepEqual(idsOf(errors), [
    'consent.failed',
    'delivery.bad_status.end_1',
    'delivery.bad_status.end_2',
    'grant.refused',
    'message.outcome_unknown',
    'message.recipient_restricted',
  ]);
  t.is(errors.refused_consent_count, 1);
  const [first] = errors.data;
  t.like(first, {
    id: 'message.recipient_restricted',
    state: 'open',
    reopened: false,
    count: 3,
    affected_count: 2,
    cause: { key: 'recipient_restricted', page: 'conversations' },
  });
  t.is(first.example_ids[0], newest);
  t.is(first.hours.length, 24);
  t.is(
    first.hours.reduce((sum: number, hour: number) => sum + hour, 0),
    3,
  );
  t.true(first.hours[23] + first.hours[22] >= 1, 'the newest hour stands last');
  t.is(first.cause.fa.cause, CAUSES.recipient_restricted.fa.cause);
  t.is(first.cause.en.fix, CAUSES.recipient_restricted.en.fix);
});

test('what the tenant has decided, what worked and what is long ago is no error', async (t) => {
  const { list, ago, addConversation, addMessage, addDelivery } = await setup(t);
  const conversation = await addConversation();
  for (const code of ['resolved', 'skipped']) await addMessage(conversation, code, ago(HOUR_MS));
  await addMessage(conversation, null, ago(HOUR_MS), 'sent');
  await addMessage(conversation, 'throttled', ago(8 * DAY_MS));
  await addDelivery('end_1', ago(HOUR_MS), 'delivered', null);
  await addDelivery('end_1', ago(HOUR_MS), 'cancelled', 'endpoint_deleted');
  t.deepEqual((await list()).data, []);
});

test('resolved is open again when it happens again, muted stays muted, and every decision is in the audit log', async (t) => {
  const { room, owner, path, list, ago, addConversation, addMessage } = await setup(t);
  const conversation = await addConversation();
  await addMessage(conversation, 'throttled', ago(HOUR_MS));
  await addMessage(conversation, 'forbidden', ago(HOUR_MS));
  const decide = (id: string, verb: string) => owner.browser.must('POST', `${path}/errors/${id}/${verb}`, {});
  t.is((await decide('message.throttled', 'resolve')).body.state, 'resolved');
  t.is((await decide('message.forbidden', 'mute')).body.state, 'muted');
  room.clock.advance(HOUR_MS / 6);
  await addMessage(conversation, 'throttled', ago(0));
  await addMessage(conversation, 'forbidden', ago(0));
  const states = Object.fromEntries(
    (await list()).data.map((group: { id: string; state: string; reopened: boolean }) => [
      group.id,
      [group.state, group.reopened],
    ]),
  );
  t.deepEqual(states, { 'message.throttled': ['open', true], 'message.forbidden': ['muted', false] });
  t.is((await decide('message.forbidden', 'reopen')).body.state, 'open');
  const { data } = (await owner.browser.must('GET', `/tenants/${owner.tenant}/audit`)).body;
  t.deepEqual(
    data.slice(0, 3).map((entry: { action: string; target: string }) => [entry.action, entry.target]),
    [
      ['error.reopened', 'message.forbidden'],
      ['error.muted', 'message.forbidden'],
      ['error.resolved', 'message.throttled'],
    ],
  );
});

test('each role reaches what MAY says; strangers and unknown ids get one and the same 404', async (t) => {
  const { room, owner, path, ago, addConversation, addMessage } = await setup(t);
  await addMessage(await addConversation(), 'throttled', ago(HOUR_MS));
  const mute = `${path}/errors/message.throttled/mute`;
  for (const role of ROLES) {
    const browser = role === 'owner' ? owner.browser : (await addMember(room, owner, role)).browser;
    t.is((await browser.get(`${path}/errors`)).status, 200, role);
    t.is((await browser.get(`${path}/endpoint-figures`)).status, 200, role);
    const may = (MAY['errors.change'] as readonly Role[]).includes(role);
    t.is((await browser.post(mute, {})).status, may ? 200 : 403, role);
  }
  const stranger = await signUp(room, 'reza@other.example', 'دیگری');
  for (const one of [
    `${path}/errors`,
    `${path}/endpoint-figures`,
    `/tenants/${owner.tenant}/apps/app_none/errors`,
  ])
    t.is((await stranger.browser.get(one)).status, 404, one);
  const theirs = `/tenants/${stranger.tenant}/apps`;
  const app = (await stranger.browser.must('GET', theirs)).body.data[0].id;
  t.deepEqual((await stranger.browser.must('GET', `${theirs}/${app}/errors`)).body.data, []);
  t.is((await openBrowser(room).get(`${path}/errors`)).status, 401);
  for (const id of ['message.none', 'nonsense', '%00', 'message.throttled.end_1'])
    t.is((await owner.browser.post(`${path}/errors/${id}/mute`, {})).status, 404, id);
});

test("Divar's refused calls are counted for the apps there are, and written down by the hour", async (t) => {
  const { room, errors, owner, app, list } = await setup(t);
  const suspended = { id: 'app_s', tenantId: owner.tenant, suspended: true };
  const known = { id: app, tenantId: owner.tenant, suspended: false };
  const refusals = createRefusals({
    db: room.db,
    errors,
    directory: { find: (id) => ({ app_s: suspended, [app]: known })[id] as never },
  });
  const note = (appId: string, route: string, code: 'unauthorized' | 'invalid_request') =>
    refusals.note({ route, appId, code, at: room.clock.now() });
  for (let count = 0; count < 3; count += 1) note(app, '/i/:app_id', 'unauthorized');
  note(app, '/e/:app_id', 'invalid_request');
  note('app_made_up', '/i/:app_id', 'unauthorized');
  note('app_s', '/i/:app_id', 'unauthorized');
  note(app, '/v1/app', 'unauthorized');
  await refusals.flush();
  note(app, '/i/:app_id', 'unauthorized');
  await refusals.flush();
  await refusals.flush();
  const { data } = await list();
  t.deepEqual(idsOf({ data }), ['event.invalid_request', 'init.unauthorized']);
  const init = data.find(({ id }: { id: string }) => id === 'init.unauthorized');
  t.like(init, { count: 4, affected_count: null, cause: { key: 'identification_key_wrong', page: 'setup' } });
  await queryAsOwner(
    room.ownerUrl,
    `update refusals set hour = now() - interval '31 days' where kind = 'event'`,
  );
  t.deepEqual(await room.db.call('sweep_refusals', [100]), [{ sweep_refusals: 1 }]);
});

test('tells how each endpoint fared in the last day', async (t) => {
  const { owner, path, ago, addDelivery } = await setup(t);
  await addDelivery('end_1', ago(HOUR_MS), 'delivered', null);
  await addDelivery('end_1', ago(HOUR_MS));
  await addDelivery('end_1', ago(25 * HOUR_MS));
  await addDelivery('end_2', ago(HOUR_MS));
  const { data } = (await owner.browser.must('GET', `${path}/endpoint-figures`)).body;
  t.deepEqual(
    data.sort((one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1)),
    [
      { id: 'end_1', delivered: 1, dead: 1, pending: 0, p95_ms: 40 },
      { id: 'end_2', delivered: 0, dead: 1, pending: 0, p95_ms: null },
    ],
  );
});

test('every code that may stand on the page has a cause, and every cause says what to do', (t) => {
  const decided = ['expired', 'cancelled', 'skipped', 'resolved', 'grant_renewing'];
  for (const code of Object.keys(MESSAGE_CODES))
    if (!decided.includes(code)) t.not(causeOf('message', code), 'other', code);
  for (const code of [
    'bad_status',
    'timeout',
    'unreachable',
    'tls',
    'redirect',
    'gone',
    'reset',
    'too_large',
  ])
    t.not(causeOf('delivery', code), 'other', code);
  t.is(causeOf('message', 'constructor'), 'other');
  for (const [key, { fa, en }] of Object.entries(CAUSES)) {
    for (const text of [fa.cause, fa.fix]) t.regex(text, /^[^يك٠-٩]*[\u0600-\u06ff][^يك٠-٩]*[.؟]$/u, key);
    for (const text of [en.cause, en.fix]) t.regex(text, /^[A-Z][^\u0600-\u06ff]+\.$/, key);
  }
});

import test from 'ava';
import { NOT_FOR_MEMBERS, TENANT_CALLS } from '../../src/admin/tenant-calls.ts';
import { createEventStore } from '../../src/events/store.ts';
import { MAY, ROLES, type Role } from '../../src/members/members.ts';
import { createSignals } from '../../src/platform/signals.ts';
import { createSessionStore } from '../../src/session/store.ts';
import { createTenantStore } from '../../src/tenants/store.ts';
import { testNewId, testSeal } from '../helpers/fakes.ts';
import { silentLog } from '../helpers/log.ts';
import { newSession } from '../helpers/sessions.ts';
import { openBrowser, openRoom, signUp } from '../members/setup.ts';
import { openPanel, type PanelApp, productRoutes } from './panel-app.ts';

const SECRET = 'راز مشتری ۰۹۱۲';
const CHAT = '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb';
const MINUTE_MS = 60_000;

/** `GET /v1/sessions/:id` as the panel calls it. */
function callOf(name: string, id = 'unknown_1') {
  const [method = '', path = ''] = name.split(' ');
  return { method, path: path.slice('/v1'.length).replace(':id', id) };
}

const sendLater = (panel: PanelApp, text = SECRET) =>
  panel.people.owner.must(
    'POST',
    `${panel.path}/messages`,
    { conversation_id: CHAT, text, on_missing_consent: 'hold', metadata: { order: SECRET } },
    202,
  );

test('every route of /v1 is a call of the panel, or is left out on purpose', async (t) => {
  const room = await openRoom(t, {
    more: (kit) =>
      productRoutes(kit, createSignals({ log: silentLog() })).filter(({ kind }) => kind === 'tenant'),
  });
  const names = room.routes
    .filter(({ kind }) => kind === 'tenant')
    .map(({ method, path }) => `${method} ${path}`);
  t.deepEqual([...new Set(names)].sort(), [...Object.keys(TENANT_CALLS), ...NOT_FOR_MEMBERS].sort());
});

test('whatever changes something is written down, and nothing else is', (t) => {
  for (const [name, { change }] of Object.entries(TENANT_CALLS))
    t.is(change === undefined, name.startsWith('GET ') || name.endsWith('/count'), name);
});

test('each role reaches what MAY says, and nobody else reaches anything', async (t) => {
  const panel = await openPanel(t);
  const { room, path, people } = panel;
  const stranger = await signUp(room, 'reza@other.example', 'دیگری');
  const nobody = openBrowser(room);
  room.clock.advance(6 * MINUTE_MS);
  for (const [name, terms] of Object.entries(TENANT_CALLS)) {
    const { method, path: rest } = callOf(name);
    const body = method === 'GET' ? undefined : {};
    for (const role of ROLES) {
      const reply = await people[role].call(method, path + rest, body);
      const isAllowed = (MAY[terms.may] as readonly Role[]).includes(role);
      const place = `${role} ${name}: ${reply.status} ${reply.body?.code}`;
      if (!isAllowed) t.deepEqual([reply.status, reply.body.code], [403, 'forbidden'], place);
      else if (terms.stepUp) t.deepEqual([reply.status, reply.body.code], [403, 'step_up_required'], place);
      else t.true([200, 400, 404, 409].includes(reply.status), place);
    }
    t.is((await stranger.browser.call(method, path + rest, body)).status, 404, name);
    t.is((await nobody.call(method, path + rest, body)).status, 401, name);
  }
});

test("another tenant's app and rows are as unknown as those that never were", async (t) => {
  const panel = await openPanel(t, ['owner']);
  const stranger = await signUp(panel.room, 'reza@other.example', 'دیگری');
  const own = (await stranger.browser.must('GET', `/tenants/${stranger.tenant}/apps`)).body.data[0].id;
  const { id } = (await sendLater(panel)).body;
  const at = `/tenants/${stranger.tenant}/apps`;
  const unknown = (await stranger.browser.get(`${at}/${own}/messages/msg_none`)).body;
  for (const path of [
    `${at}/${panel.app}/messages`,
    `${at}/${panel.app}/messages/${id}`,
    `${at}/${own}/messages/${id}`,
    `${at}/${panel.app}/stream`,
    `${at}/app_none/stream`,
  ]) {
    const { status, body } = await stranger.browser.get(path);
    t.is(status, 404, path);
    t.deepEqual({ ...body, request_id: '' }, { ...unknown, request_id: '' });
  }
  const { next_cursor: cursor } = (await panel.people.owner.must('GET', `${panel.path}/messages?limit=1`))
    .body;
  t.is(cursor, null);
});

test('answers what /v1 answers, with its filters, and refuses what it refuses', async (t) => {
  const panel = await openPanel(t, ['owner']);
  const { owner } = panel.people;
  const { id, conversation_id: conversation } = (await sendLater(panel)).body;
  t.is((await owner.must('GET', `${panel.path}/messages/${id}`)).body.text, SECRET);
  const list = async (query: string) =>
    (await owner.must('GET', `${panel.path}/messages?${query}`)).body.data.map(
      (one: { id: string }) => one.id,
    );
  t.deepEqual(await list('state=held'), [id]);
  t.deepEqual(await list('state=failed'), []);
  t.deepEqual(await list(`conversation_id=${conversation}&lane=reply`), [id]);
  t.deepEqual(await list('lane=bulk'), []);
  t.deepEqual(await list('session_id=ses_none'), []);
  const now = panel.room.clock.now().getTime();
  t.deepEqual(await list(`from=${new Date(now - MINUTE_MS).toISOString()}`), [id]);
  t.deepEqual(await list(`to=${new Date(now - MINUTE_MS).toISOString()}`), []);
  t.is((await owner.get(`${panel.path}/messages?state=nonsense`)).status, 400);
  t.is((await owner.get(`${panel.path}/messages?nonsense=1`)).status, 400);

  const refused = await owner.post(`${panel.path}/messages`, { text: '', lane: 'fast', nonsense: 1 });
  t.is(refused.status, 400);
  const paths = refused.body.errors.map((issue: { path: string }) => issue.path);
  t.true(paths.includes('body.lane') && paths.includes('body.nonsense'), paths.join());
  t.deepEqual(await list(''), [id]);

  const waiting = (await owner.must('GET', `${panel.path}/conversations?state=waiting`)).body.data;
  t.deepEqual(
    waiting.map((one: { id: string }) => one.id),
    [conversation],
  );
  t.deepEqual((await owner.must('GET', `${panel.path}/conversations?state=held`)).body.data, []);
  t.deepEqual((await owner.must('GET', `${panel.path}/conversations?type=bot`)).body.data, []);
});

test('sessions are narrowed by state, as time alone makes it, and by what they are', async (t) => {
  const panel = await openPanel(t, ['owner']);
  const { room, tenant, app, path } = panel;
  const now = room.clock.now();
  const sessions = createSessionStore({ seal: testSeal() });
  const newId = testNewId(room.clock);
  const made = { tenantId: tenant, appId: app, createdAt: now };
  const ahead = new Date(now.getTime() + MINUTE_MS);
  const live = newSession({ ...made, id: newId('ses'), expiresAt: ahead });
  const over = newSession({ ...made, id: newId('ses'), expiresAt: now, entry: 'button', simulated: true });
  await room.db.tenant(tenant, async (tx) => {
    await sessions.insert(tx, live);
    await sessions.insert(tx, over);
  });
  const list = async (query: string) =>
    (await panel.people.owner.must('GET', `${path}/sessions?${query}`)).body.data.map(
      (one: { id: string }) => one.id,
    );
  t.deepEqual(await list('state=created'), [live.id]);
  t.deepEqual(await list('state=expired'), [over.id]);
  t.deepEqual(await list('entry=button'), [over.id]);
  t.deepEqual(await list('simulated=false'), [live.id]);
  t.deepEqual(await list('simulated=true&consent=none'), [over.id]);
  t.deepEqual(await list('consent=granted'), []);
  t.is((await list('')).length, 2);
});

test('a viewer sees that something is there, and nothing of it', async (t) => {
  const panel = await openPanel(t, ['owner', 'viewer']);
  const { room, tenant, app, path, people } = panel;
  const { id, conversation_id: conversation } = (await sendLater(panel)).body;
  const seal = testSeal();
  const newId = testNewId(room.clock);
  const session = newSession({
    ...{ tenantId: tenant, appId: app, id: newId('ses'), userId: SECRET, createdAt: room.clock.now() },
    expiresAt: new Date(room.clock.now().getTime() + MINUTE_MS),
    visit: { data: { order: SECRET }, peer: { id: SECRET }, location: { latitude: 35.6, longitude: 51.4 } },
  });
  const eventId = newId('evt');
  await room.db.tenant(tenant, async (tx) => {
    await createSessionStore({ seal }).insert(tx, session);
    await createEventStore({ seal }).insert(tx, eventId, {
      ...{ type: 'chat.message.received', appId: app, conversationId: conversation, simulated: true },
      data: {
        message: {
          id: SECRET,
          type: 'text',
          text: SECRET,
          sent_at: null,
          sender: { side: null, type: null },
        },
      },
      rawText: JSON.stringify({ text: SECRET }),
      now: room.clock.now(),
    });
  });
  for (const rest of [
    '/sessions',
    `/sessions/${session.id}`,
    '/messages',
    `/messages/${id}`,
    `/conversations/${conversation}/messages?divar=skip`,
    '/events',
    `/events/${eventId}`,
  ]) {
    const seen = await people.owner.must('GET', path + rest);
    t.true(JSON.stringify(seen.body).includes(SECRET), rest);
    const hidden = await people.viewer.must('GET', path + rest);
    t.false(JSON.stringify(hidden.body).includes(SECRET), rest);
    t.false(JSON.stringify(hidden.body).includes('35.6'), rest);
  }
  const masked = (await people.viewer.must('GET', `${path}/conversations/${conversation}`)).body;
  t.is(masked.divar_id, '•••');
  t.is((await people.viewer.must('GET', `${path}/messages/${id}`)).body.text, '•••');
});

test('a change is written down with who did it, and nothing of what was written', async (t) => {
  const panel = await openPanel(t, ['owner', 'developer']);
  const { path, people, tenant } = panel;
  const { id, conversation_id: conversation } = (await sendLater(panel)).body;
  await people.developer.must('POST', `${path}/conversations/${conversation}/hold`);
  await people.developer.must('POST', `${path}/messages/${id}/cancel`);
  const again = await people.developer.post(`${path}/messages/${id}/cancel`);
  t.is(again.status, 409);
  const entries = (await people.owner.must('GET', `/tenants/${tenant}/audit?limit=3`)).body.data;
  t.deepEqual(
    entries.map((entry: { action: string; target: string; actor: { email: string }; details: object }) => [
      ...[entry.action, entry.target, entry.actor.email],
      entry.details,
    ]),
    [
      ['message.cancelled', id, 'developer@shop.example', { app: panel.app }],
      ['conversation.held', conversation, 'developer@shop.example', { app: panel.app }],
      ['message.requested', id, 'sara@shop.example', { app: panel.app }],
    ],
  );
  t.false(JSON.stringify(entries).includes(SECRET));
});

test('secrets need a second factor just given; a suspended tenant reads and changes nothing', async (t) => {
  const panel = await openPanel(t, ['owner']);
  const { room, path, people, tenant } = panel;
  const body = { url: 'https://shop.example/hooks', events: ['*'] };
  const { id, secret } = (await people.owner.must('POST', `${path}/endpoints`, body, 201)).body;
  t.regex(secret, /^whsec_/);
  room.clock.advance(6 * MINUTE_MS);
  t.is((await people.owner.post(`${path}/endpoints/${id}/rotate_secret`)).body.code, 'step_up_required');
  await people.owner.must('POST', `${path}/endpoints/${id}/enable`);
  await room.db.tenant(tenant, (tx) => createTenantStore({ seal: testSeal() }).setSuspended(tx, true));
  await people.owner.must('GET', `${path}/endpoints`);
  t.is((await people.owner.post(`${path}/endpoints/${id}/enable`)).body.code, 'tenant_suspended');
});

import test, { type ExecutionContext } from 'ava';
import { mergePage } from '../../admin-ui/src/api/merge-page.ts';
import { waitMs } from '../../admin-ui/src/live/wait.ts';
import { compareLooks, type LiveRow, LOOK_COUNT, lookAt } from '../../src/admin/live.ts';
import { openPanel, type PanelApp } from './panel-app.ts';

const row = (id: string, version = 'queued 0 ', more: Partial<LiveRow> = {}): LiveRow => ({
  ...{ kind: 'message', id, version, conversationId: null },
  ...more,
});
const namesOf = (before: LiveRow[], after: LiveRow[]) =>
  compareLooks(lookAt(before), lookAt(after)).map(({ name, data }) => [name, data.id]);

test('two looks tell what is new and what has changed, oldest first', (t) => {
  t.deepEqual(namesOf([row('msg_1')], [row('msg_1')]), []);
  t.deepEqual(namesOf([row('msg_1')], [row('msg_3'), row('msg_2'), row('msg_1', 'sent 1 ')]), [
    ['message.created', 'msg_2'],
    ['message.created', 'msg_3'],
    ['message.updated', 'msg_1'],
  ]);
  t.deepEqual(namesOf([], [row('msg_1', 'queued 0 ', { conversationId: 'cnv_1' })]), [
    ['message.created', 'msg_1'],
    ['conversation.updated', 'cnv_1'],
  ]);
});

test('trouble, progress and the first call of Divar have names of their own', (t) => {
  t.deepEqual(namesOf([row('msg_1')], [row('msg_1', 'failed 1 forbidden')]), [
    ['message.updated', 'msg_1'],
    ['error.updated', undefined],
  ]);
  const job = { kind: 'job' as const };
  t.deepEqual(namesOf([row('job_1', 'running 1', job)], [row('job_1', 'running 2', job)]), [
    ['job.progress', 'job_1'],
  ]);
  t.deepEqual(namesOf([], [row('ses_1', 'created none', { kind: 'session' })]), [
    ['session.created', 'ses_1'],
    ['app.check', undefined],
  ]);
});

test('whoever may have missed something is told to read again', (t) => {
  const many = Array.from({ length: LOOK_COUNT }, (_, index) => row(`msg_${index}`));
  t.deepEqual(namesOf([row('msg_old')], many), [['resync', undefined]]);
  t.is(namesOf([row('msg_old')], many.slice(1)).length, LOOK_COUNT - 1);
});

test('waits longer with every failure, half a minute at most, and never all tabs alike', (t) => {
  t.deepEqual(
    [1, 2, 3, 4, 5, 6, 20].map((count) => waitMs(count, 1)),
    [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000],
  );
  t.deepEqual([waitMs(1, 0), waitMs(6, 0)], [500, 15_000]);
});

const held = (ids: string[], cursor: string | null = 'older') => ({
  ...{ path: '/x', rows: ids.map((id) => ({ id, state: 'old' })), waiting: [], cursor },
  gap: undefined,
});
const page = (ids: string[], next: string | null = 'next') => ({
  data: ids.map((id) => ({ id, state: 'new' })),
  next_cursor: next,
});

test('rows change where they stand, and new ones wait while something is being read', (t) => {
  const merged = mergePage(held(['c', 'b', 'a']), page(['e', 'd', 'c', 'b']), true);
  t.deepEqual(
    merged.rows.map(({ id, state }) => id + state),
    ['cnew', 'bnew', 'aold'],
  );
  t.deepEqual(
    merged.waiting.map(({ id }) => id),
    ['e', 'd'],
  );
  const shown = mergePage(held(['c', 'b', 'a']), page(['e', 'd', 'c', 'b']), false);
  t.deepEqual(
    shown.rows.map(({ id }) => id),
    ['e', 'd', 'c', 'b', 'a'],
  );
  t.is(shown.cursor, 'older');
});

test('a page that does not touch what is shown takes its place, with its own way on', (t) => {
  const replaced = mergePage(held(['b', 'a']), page(['z', 'y']), false);
  t.deepEqual([replaced.rows.map(({ id }) => id), replaced.cursor], [['z', 'y'], 'next']);
  const waits = mergePage(held(['b', 'a']), page(['z', 'y']), true);
  t.deepEqual(
    [waits.rows.map(({ id }) => id), waits.cursor, waits.gap],
    [['b', 'a'], 'older', { cursor: 'next' }],
  );
  const whole = mergePage(held(['b', 'a'], null), page(['z'], null), false);
  t.deepEqual(
    whole.rows.map(({ id }) => id),
    ['z', 'b', 'a'],
  );
});

/** The frames of a stream, as they come. */
async function openStream(t: ExecutionContext, panel: PanelApp) {
  const stopping = new AbortController();
  t.teardown(() => stopping.abort());
  const reply = await fetch(`${panel.room.url}/admin/api/v1${panel.path}/stream`, {
    headers: { cookie: panel.people.owner.cookie() ?? '', 'x-forwarded-for': '203.0.113.7' },
    signal: stopping.signal,
  });
  const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    reply,
    close: () => stopping.abort(),
    /** Reads on until the stream has said it. */
    until: async (said: RegExp) => {
      while (!said.test(text)) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) throw new Error(`the stream ended with ${text}`);
        text += value;
      }
      text = '';
    },
    /** Resolves when the stream ends by itself. */
    end: async () => {
      while (!(await reader?.read())?.done);
    },
  };
}

const send = (panel: PanelApp) =>
  panel.people.owner.must(
    'POST',
    `${panel.path}/messages`,
    { conversation_id: '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb', text: 'سلام', on_missing_consent: 'hold' },
    202,
  );

test('the stream tells by id what is new and what has changed, and nothing of what was written', async (t) => {
  const panel = await openPanel(t, ['owner']);
  const stream = await openStream(t, panel);
  t.is(stream.reply.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  await stream.until(/event: resync/);
  const { id, conversation_id: conversation } = (await send(panel)).body;
  await stream.until(
    new RegExp(`event: message.created\ndata: {"id":"${id}","conversation_id":"${conversation}"}`),
  );
  await panel.people.owner.must('POST', `${panel.path}/messages/${id}/cancel`);
  await stream.until(new RegExp(`event: message.updated\ndata: {"id":"${id}"`));
  await stream.until(/still here/);
});

test('the stream keeps no login alive, and ends with it', async (t) => {
  const panel = await openPanel(t, ['owner']);
  const { room, people } = panel;
  const ends = (await people.owner.must('GET', '/me')).body.idle_ends_at;
  room.clock.advance(1000);
  const stream = await openStream(t, panel);
  await stream.until(/still here/);
  room.clock.advance(1000);
  await stream.until(/still here/);
  t.is((await people.owner.must('GET', '/me')).body.idle_ends_at, ends);
  room.clock.advance(16 * 60_000);
  await stream.end();
  t.is((await people.owner.get('/me')).status, 401);
});

test('the stream of somebody who left the tenant ends, and a login has a dozen streams at most', async (t) => {
  const panel = await openPanel(t, ['owner', 'viewer']);
  const { people, room, tenant } = panel;
  const viewer = { ...panel, people: { ...people, owner: people.viewer } };
  const stream = await openStream(t, viewer);
  await stream.until(/event: resync/);
  const members = (await people.owner.must('GET', `/tenants/${tenant}/members`)).body.data;
  const { id } = members.find((one: { role: string }) => one.role === 'viewer');
  await people.owner.must('DELETE', `/tenants/${tenant}/members/${id}`, undefined, 204);
  room.clock.advance(1000);
  await stream.end();

  const streams = [];
  for (let count = 0; count < 12; count += 1) streams.push(await openStream(t, panel));
  for (const one of streams) await one.until(/: open/);
  const refused = await openStream(t, panel);
  t.is(refused.reply.status, 429);
  refused.close();
});

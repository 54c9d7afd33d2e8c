import test from 'ava';
import { openApi, openRoom } from './setup.ts';

test('what depends on the app is told together with what does not, and nothing is stored', async (t) => {
  const room = await openRoom(t, { app: { generation: 'v1' } });
  const api = await openApi(t, room);
  const { status, body } = await api('POST', '/v1/messages', {
    body: {
      conversation_id: 'c1',
      text: '',
      lane: 'fast',
      sender_buttons: [
        [{ caption: '', action: { ask: { data: {} } } }],
        [{ caption: 'a', action: { open_session: { data: {}, page: 'nowhere' } } }],
      ],
    },
  });
  t.is(status, 400);
  t.deepEqual(body.errors.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`).sort(), [
    'body.conversation_id not_in_generation',
    'body.lane invalid_value',
    'body.sender_buttons too_many_buttons',
    'body.sender_buttons.0.0.action.ask not_in_generation',
    'body.sender_buttons.0.0.caption custom',
    'body.sender_buttons.1.0.action.open_session.page unknown_page',
    'body.text custom',
  ]);
  t.is(await room.count('messages'), 0);
});

test('an accepted message comes with its warnings', async (t) => {
  const room = await openRoom(t);
  const api = await openApi(t, room);
  const session = await room.visit();
  const text = 'سفارش شما می رسد';
  const { status, body } = await api('POST', '/v1/messages', { body: { session_id: session.id, text } });
  t.is(status, 202);
  t.like(body.warnings[0], { path: 'body.text', code: 'missing_zwnj' });
  const good = await api('POST', '/v1/messages', { body: { session_id: session.id, text: 'سلام' } });
  t.deepEqual(good.body.warnings, []);
});

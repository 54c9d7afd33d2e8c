import test from 'ava';
import type { Teardown } from '../helpers/database.ts';
import { openEventRoom, type Wanted } from '../helpers/event-room.ts';

async function setup(t: Teardown, wanted: Wanted = {}) {
  const room = await openEventRoom(t, wanted);

  const open = async (headers: Record<string, string> = {}, query = '') => {
    const hangUp = new AbortController();
    const response = await fetch(`${room.url}/v1/events/stream${query}`, {
      headers: { authorization: `Bearer ${room.apiKey}`, ...headers },
      signal: hangUp.signal,
    });
    return { response, hangUp: () => hangUp.abort(), frames: framesOf(response) };
  };
  return { ...room, open };
}

async function* framesOf(response: Response): AsyncGenerator<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      yield text.slice(0, end);
      text = text.slice(end + 2);
    }
  }
}

const next = async (frames: AsyncGenerator<string>) => (await frames.next()).value as string;

test.serial('is protected, and refuses what it does not know before it begins', async (t) => {
  const { open } = await setup(t);
  t.is((await open({ authorization: 'Bearer x' })).response.status, 401);
  t.is((await open({ 'last-event-id': 'evt_unknown' })).response.status, 400);
  t.is((await open({}, '?type=nonsense')).response.status, 400);
});

test.serial('tells from now on, as soon as it is committed, the same as the page', async (t) => {
  const room = await setup(t);
  await room.announceOne();
  const { response, frames, hangUp } = await room.open();
  t.is(response.status, 200);
  t.is(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  t.is(await next(frames), ': open');
  const id = await room.announceOne({ type: 'message.sent', data: { text: 'خط\nدوم' } });
  const [idLine, typeLine, dataLine] = (await next(frames)).split('\n');
  t.is(idLine, `id: ${id}`);
  t.is(typeLine, 'event: message.sent');
  t.deepEqual(JSON.parse(dataLine!.slice('data: '.length)), (await room.ask('GET', `/v1/events/${id}`)).json);
  hangUp();
});

test.serial(
  'is taken up after the last event that was seen, longer than a page, narrowed by type',
  async (t) => {
    const room = await setup(t);
    const first = await room.announceOne();
    const ids: string[] = [];
    await room.inTenant(async (tx) => {
      for (let count = 0; count < 250; count += 1) {
        const type = count % 2 === 0 ? 'message.sent' : 'session.landed';
        const id = await room.announce(tx, room.newEvent({ type }));
        if (type === 'message.sent') ids.push(id);
      }
    });
    const { frames, hangUp } = await room.open({ 'last-event-id': first }, '?type=message.*');
    t.is(await next(frames), ': open');
    const seen: string[] = [];
    while (seen.length < ids.length) seen.push((await next(frames)).split('\n')[0]!.slice('id: '.length));
    t.deepEqual(seen, ids);
    hangUp();
  },
);

test.serial(
  'a silent stream shows that it lives, and leaves nothing behind when the reader goes',
  async (t) => {
    const room = await setup(t, { heartbeatMs: 20 });
    const { frames, hangUp } = await room.open();
    t.is(await next(frames), ': open');
    t.is(await next(frames), ': still here');
    t.is(room.bells.listenerCount('events'), 1);
    const isOff = new Promise<void>((resolve) => room.bells.once('removeListener', () => resolve()));
    hangUp();
    await isOff;
    t.is(room.bells.listenerCount('events'), 0);
  },
);

test.serial('an app has at most twenty streams at once, and all of them end with the process', async (t) => {
  const room = await setup(t);
  const streams = [];
  for (let count = 0; count < 20; count += 1) streams.push(await room.open());
  const refused = await room.open();
  t.is(refused.response.status, 429);
  t.truthy(refused.response.headers.get('retry-after'));
  room.drainServer();
  for (const { frames } of streams) for await (const frame of frames) t.is(frame, ': open');
  t.is(room.bells.listenerCount('events'), 0);
});

import test from 'ava';
import fc from 'fast-check';
import type { Behaviour } from '../messages/fake-chat.ts';
import { openChatRoom, type ToldMessage } from './setup.ts';

const HOUR_SECONDS = 3600;

/** A visit of the seller in conversation c1, and one message whose answer is lost. */
async function setup(t: Parameters<typeof openChatRoom>[0], text = 'سفارش ثبت شد') {
  const room = await openChatRoom(t);
  const session = await room.visit({ visit: { conversationId: 'c1' } });
  const send = async (what = text, more: object = {}) => {
    const { id } = await room.accept({ session_id: session.id, text: what, ...more });
    await room.drain(room.worker);
    return id;
  };
  return { room, session, send };
}

test.serial(
  'the echo of a message whose answer was lost settles it, and is not told to the tenant',
  async (t) => {
    const { room, send } = await setup(t);
    room.divar.behave = () => 'lost';
    const id = await send();
    t.is((await room.find(id)).state, 'unknown');
    const echo = { id: 'm1', text: ' سفارش  ثبت شد ', sentAt: new Date() };
    t.is(await room.tell(echo), 'echo');
    t.like(await room.find(id), { state: 'sent', confirmedBy: 'echo', code: null });
    t.deepEqual(room.texts(), []);
    t.is(await room.tell(echo), 'duplicate');
    t.is(await room.tell({ id: 'm2', text: 'پیام افزونه‌ای دیگر' }), 'announced');
    t.is(await room.tell({ id: 'm3', text: 'سفارش ثبت شد' }), 'announced', 'a second one is not ours');
  },
);

test.serial('what waited behind a message that was unknown goes on when its echo comes', async (t) => {
  const { room, send } = await setup(t);
  room.divar.behave = ({ number }) => (number === 1 ? 'lost' : 'deliver');
  const first = await send('a');
  const second = await send('b');
  t.is((await room.find(second)).state, 'queued');
  room.divar.behave = () => 'deliver';
  await room.tell({ id: 'm1', text: 'a' });
  await room.drain(room.worker);
  t.deepEqual(
    [await room.find(first), await room.find(second)].map(({ state, confirmedBy }) => [state, confirmedBy]),
    [
      ['sent', 'echo'],
      ['sent', 'answer'],
    ],
  );
});

test.serial('an echo that comes before the answer is lost settles the message too', async (t) => {
  const { room, send } = await setup(t);
  room.divar.behave = async (): Promise<Behaviour> => {
    await room.tell({ id: 'm1', text: 'سفارش ثبت شد' });
    return 'lost';
  };
  const id = await send();
  t.like(await room.find(id), { state: 'sent', confirmedBy: 'echo' });
  const [attempt] = await room.attempts(id);
  t.like(attempt, { stage: 'ambiguous', outcome: 'unknown' });
});

test.serial('two equal messages stay open until there are as many echoes as messages', async (t) => {
  const { room, send } = await setup(t);
  const answered = await send('دوباره');
  room.divar.behave = () => 'lost';
  const lost = await send('دوباره');
  t.like(await room.find(answered), { state: 'sent', confirmedBy: 'answer' });
  t.is(await room.tell({ id: 'm1', text: 'دوباره' }), 'echo');
  t.is((await room.find(lost)).state, 'unknown');
  t.is(await room.tell({ id: 'm2', text: 'دوباره' }), 'echo');
  t.like(await room.find(lost), { state: 'sent', confirmedBy: 'echo' });
});

test.serial('a message that was to be tried again is not sent twice when its echo comes', async (t) => {
  const { room, send } = await setup(t);
  room.divar.behave = () => 'lost';
  const id = await send('یک بار', { on_unknown: 'retry' });
  t.is((await room.find(id)).state, 'queued');
  await room.tell({ id: 'm1', text: 'یک بار' });
  await room.passTime(HOUR_SECONDS);
  await room.drain(room.worker);
  t.like(await room.find(id), { state: 'sent', confirmedBy: 'echo', attemptCount: 1 });
  t.is(room.divar.delivered.length, 1);
});

test.serial('what a human writes, and what is said elsewhere, is no echo', async (t) => {
  const { room, send } = await setup(t);
  room.divar.behave = () => 'reset_unread';
  const id = await send('متن');
  const others: ToldMessage[] = [
    { id: 'm1', text: 'متن', type: 'HUMAN' },
    { id: 'm2', text: 'متن', conversation: 'c2' },
    { id: 'm3', text: 'متن!' },
    { id: 'm4', text: 'متن', sentAt: new Date(Date.now() - HOUR_SECONDS * 1000) },
  ];
  for (const other of others) t.is(await room.tell(other), 'announced');
  t.is((await room.find(id)).state, 'unknown');
  t.is(room.texts().length, others.length);
});

test.serial(
  'in the first generation the echo is told as a message of the user who has granted',
  async (t) => {
    const room = await openChatRoom(t, { app: { generation: 'v1' } });
    const ids = { user: 'u-buyer', peer: 'u-seller', post: 'wZ_x9Qa7' };
    const session = await room.visit({
      generation: 'v1',
      visit: { user: { id: ids.user, side: 'demand' }, peer: { id: ids.peer }, postToken: ids.post },
    });
    room.divar.behave = () => 'lost';
    const { id } = await room.accept({ session_id: session.id, text: 'پرداخت شد' });
    await room.drain(room.worker);
    const tell = (messageId: string, from: string, to: string) =>
      room.tellBody({
        type: 'CHAT_MESSAGE',
        payload: {
          id: messageId,
          type: 'TEXT',
          data: { text: 'پرداخت شد' },
          sender: { id: from, is_supply: from === ids.peer },
          receiver: { id: to, is_supply: to === ids.peer },
          metadata: { category: 'light', post_token: ids.post, title: 'پراید' },
          sent_at: `${Date.now()}000`,
        },
      });
    t.is((await tell('m1', ids.peer, ids.user)).outcome, 'announced', 'the other side wrote the same');
    t.is((await room.find(id)).state, 'unknown');
    t.is((await tell('m2', ids.user, ids.peer)).outcome, 'echo');
    t.like(await room.find(id), { state: 'sent', confirmedBy: 'echo' });
  },
);

interface Play {
  text: string;
  fate: 'answered' | 'lost_after' | 'lost_before';
  hasEcho: boolean;
}
const play: fc.Arbitrary<Play> = fc.record({
  text: fc.constantFrom('a', 'b'),
  fate: fc.constantFrom('answered', 'lost_after', 'lost_before'),
  hasEcho: fc.boolean(),
});

test.serial(
  'whatever is lost and whatever order echoes come in, none settles two and no unsent one is sent',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(play, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.nat(1000)),
        async (plays, dice) => {
          const ends: (() => void | Promise<void>)[] = [];
          try {
            const room = await openChatRoom({ teardown: (end) => void ends.unshift(end) });
            // Conversations of one chat stand for the other names it may have: their messages do not wait for each other.
            const sessions = await Promise.all(
              plays.map(() => room.visit({ visit: { conversationId: 'c1' } })),
            );
            const fates: Record<string, Play['fate'][]> = { a: [], b: [] };
            for (const { text, fate } of plays) fates[text]?.push(fate);
            room.divar.behave = ({ text, number }) => {
              const fate = fates[text]?.[number - 1] ?? 'answered';
              return fate === 'answered' ? 'deliver' : fate === 'lost_after' ? 'lost' : 'reset_unread';
            };
            const ids: string[] = [];
            for (const [n, { text }] of plays.entries()) {
              ids.push((await room.accept({ session_id: sessions[n]?.id, text, on_unknown: 'fail' })).id);
              await room.drain(room.worker);
            }
            // The tenant's word is that they failed; for the proof they are open, as `hold` would have left them.
            await room.owner(
              `update messages set state = 'unknown', code = 'outcome_unknown', final_at = null where state = 'failed'`,
            );
            const sentAt = new Date();
            const echoes = plays
              .map(({ text, fate, hasEcho }, n) => ({
                text,
                id: `m${n}`,
                isThere: fate !== 'lost_before' && hasEcho,
              }))
              .filter(({ isThere }) => isThere)
              .flatMap((echo) => [echo, echo])
              .map((echo) => ({ echo, place: dice.next().value as number }))
              .sort((one, other) => one.place - other.place);
            for (const { echo } of echoes) await room.tell({ id: echo.id, text: echo.text, sentAt });
            const found = await Promise.all(ids.map(room.find));
            for (const text of ['a', 'b']) {
              const own = found
                .map((message, n) => ({ message, fate: plays[n]?.fate, text: plays[n]?.text }))
                .filter((one) => one.text === text);
              const byEcho = own.filter(({ message }) => message.confirmedBy === 'echo');
              const seen = echoes.filter(({ echo }) => echo.text === text).map(({ echo }) => echo.id);
              t.true(byEcho.every(({ fate }) => fate === 'lost_after'));
              t.true(byEcho.length <= new Set(seen).size);
              if (new Set(seen).size === own.length)
                t.true(
                  own.every(({ message }) => message.state === 'sent'),
                  'everything is accounted for',
                );
            }
            t.deepEqual(room.texts(), [], 'none of ours is told');
          } finally {
            for (const end of ends) await end();
          }
        },
      ),
      { numRuns: 6 },
    );
  },
);

import test from 'ava';
import fc from 'fast-check';
import { readEvent } from '../../src/events/read-event.ts';
import { quoteInexactNumbers } from '../../src/http/exact-numbers.ts';
import { EVENT_BODIES } from '../helpers/event-bodies.ts';

const parse = (text: string) => JSON.parse(quoteInexactNumbers(text)) as Record<string, unknown>;

for (const { name, text, expected } of EVENT_BODIES)
  test(`reads ${name}`, (t) => {
    const { type, data, conversation } = readEvent(parse(text));
    t.is<string, string>(type, expected.type);
    t.like(data, expected.data);
    if (expected.conversation === undefined) t.is(conversation, undefined);
    else t.like(conversation, expected.conversation);
  });

test('the parties of a notification are its first names that are not null, and the owner of the post comes first', (t) => {
  const told = (sender: object) =>
    readEvent({
      type: 'CHAT_MESSAGE',
      payload: { id: 'm', metadata: { post_token: 'p' }, ...sender },
    });
  const fromOwner = told({ sender: { id: 'u2', is_supply: true }, receiver: { id: 'u1', is_supply: false } });
  const fromBuyer = told({ from: { id: 'u1', is_supply: false }, to: { id: 'u2', is_supply: true } });
  t.deepEqual(fromOwner.conversation, fromBuyer.conversation);
  t.like(fromOwner.data, { message: { sender: { side: 'supply' } } });
  t.like(fromBuyer.data, { message: { sender: { side: 'demand' } } });
});

test('one message has one key and one content in both generations and in every spelling of its time', (t) => {
  const [first, ...others] = [
    { type: 'NEW_MESSAGE', new_message: message('"2026-03-01T08:30:15.25Z"', 'HUMAN') },
    { type: 'NEW_MESSAGE_ON_POST', new_message: message('1772353815250000', 'USER') },
    { type: 'NEW_MESSAGE', metadata: { sub: 's2' }, new_message: message('"1772353815250"', 'HUMAN') },
    {
      type: 'CHAT_MESSAGE',
      payload: {
        id: 'm1',
        type: 'TEXT',
        data: { text: 'سلام' },
        sent_at: '1772353815250000',
        sender: { id: 'u1', is_supply: false },
        receiver: { id: 'u2', is_supply: true },
      },
    },
  ].map((body) => readEvent(body));
  for (const other of others)
    t.deepEqual(
      { type: other.type, key: other.divarKey, content: other.content },
      { type: first!.type, key: first!.divarKey, content: first!.content },
    );

  function message(sentAt: string, senderType: string) {
    return {
      id: 'm1',
      conversation: { id: 'c1', type: 'POST' },
      type: 'TEXT',
      text: 'سلام',
      sent_at: JSON.parse(sentAt) as unknown,
      sender: { side: 'BUYER', type: senderType },
    };
  }
});

test('only the message of a bot is a possible echo, and a bot starts nothing', (t) => {
  const told = (type: string) =>
    readEvent({
      type: 'NEW_CHATBOT_MESSAGE',
      new_chatbot_message: {
        id: 'm',
        conversation: { id: 'c' },
        sender: { type },
        text: '/start MY_DIVAR',
        sent_at: 1772353815,
      },
    });
  t.is(told('HUMAN').type, 'chatbot.started');
  t.is(told('HUMAN').echo, null);
  t.is(told('BOT').type, 'chatbot.message.received');
  t.deepEqual(told('BOT').echo, {
    chatName: 'divar|c',
    said: { text: '/start MY_DIVAR', kind: null },
    divarId: 'm',
    sentAt: new Date('2026-03-01T08:30:15.000Z'),
  });
});

test('a payment is something new in each state, and the same under both of its keys', (t) => {
  const told = (state: unknown) =>
    readEvent({ type: 'PAYMENT_TRANSACTION', transaction: { id: 'p', state } }).divarKey;
  t.is(told(2), told('TRANSACTION_STATE_COMPLETED'));
  t.not(told(1), told(2));
});

test('whatever the object, it becomes one event', (t) => {
  const types = [
    'CHAT_MESSAGE',
    'NEW_MESSAGE',
    'NEW_CHATBOT_MESSAGE',
    'USER_ACCESS_REVOCATION',
    'POST_UPDATE',
    'PAYMENT_TRANSACTION',
    'constructor',
    '__proto__',
  ];
  const members = [
    'payload',
    'new_message',
    'new_chatbot_message',
    'user_access_revocation',
    'post_update',
    'transaction',
  ];
  const body = fc.record({
    type: fc.oneof(fc.constantFrom(...types), fc.anything()),
    ...Object.fromEntries(
      members.map((member) => [
        member,
        fc.oneof(
          fc.anything(),
          fc.dictionary(
            fc.constantFrom('id', 'sender', 'conversation', 'sent_at', 'type', 'text', 'image_data', 'post'),
            fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom('id', 'type', 'side'), fc.anything())),
          ),
        ),
      ]),
    ),
  });
  fc.assert(
    fc.property(body, (given) => {
      const event = readEvent(given);
      t.is(typeof event.type, 'string');
      t.notThrows(() => JSON.stringify(event.data.message ?? null));
    }),
  );
});

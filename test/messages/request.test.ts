import test from 'ava';
import { lintMessage } from '../../src/messages/lint.ts';
import { CompletionMessage, MessageRequest } from '../../src/messages/request.ts';
import type { App } from '../../src/tenants/tenants.ts';
import { T0 } from '../helpers/fakes.ts';

const base = { session_id: 'ses_1', text: 'سلام' };
const button = (action: unknown, caption: unknown = 'پیگیری') => ({ caption, action });
const url = (address: string) => button({ open_url: address });
const good = url('https://shop.example/');

/** `path code-or-message` of every issue, as a caller gets them. */
function issues(body: unknown): string[] {
  const result = MessageRequest.safeParse(body);
  return result.success
    ? []
    : result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

test('fills in what is left out', (t) => {
  t.deepEqual(MessageRequest.parse(base), {
    ...base,
    sender_buttons: [],
    receiver_buttons: [],
    lane: 'reply',
    on_unknown: 'hold',
    on_missing_consent: 'fail',
  });
});

test('takes the example of the contract', (t) => {
  const example = {
    session_id: 'ses_1',
    text: 'سفارش شما ثبت شد',
    media_id: null,
    sender_buttons: [
      [{ caption: 'پیگیری', icon: 'TERMS', action: { open_session: { data: { order: 'A-17' } } } }],
    ],
    receiver_buttons: [[{ caption: 'پرداخت', action: { open_url: 'https://shop.example/p/A-17' } }]],
    lane: 'reply',
    on_unknown: 'hold',
    on_missing_consent: 'fail',
    expires_at: null,
    metadata: { order: 'A-17' },
  };
  t.deepEqual(MessageRequest.parse(example), example as never);
});

test('takes all five actions, three rows of three, and every kind of recipient', (t) => {
  const row = [
    button({ open_session: { data: {}, page: 'track' } }),
    button({ ask: { data: { a: 1 } } }),
    button({ open_post: 'wZ_x9Qa7' }),
  ];
  const grid = [row, [button({ open_post_manage: 'wZ_x9Qa7' }), good, good], row];
  t.deepEqual(issues({ ...base, sender_buttons: grid, receiver_buttons: grid }), []);
  const { text } = base;
  t.deepEqual(issues({ conversation_id: '0b7c1f1e-5a2d', grant_id: 'grt_1', text }), []);
  t.deepEqual(issues({ chatbot: { conversation_id: 'c0ffee00' }, text }), []);
  t.deepEqual(issues({ chatbot: { user_id: '5Qu7XELa/t+tsYlR4U0Ij0lN=' }, text }), []);
});

test('tells everything that is wrong at once', (t) => {
  const body = {
    text: 'a',
    media_id: 'med_1',
    surprise: 1,
    lane: 'fast',
    expires_at: 'tomorrow',
    grant_id: 'grt_1',
    sender_buttons: [
      [button({ open_url: 'https://a.example', ask: { data: {} } })],
      [url('ftp://a.example'), url('https://u:p@a.example'), url('nonsense'), good],
      [],
      [good],
    ],
    receiver_buttons: [
      [
        button({}),
        { caption: '', action: { open_session: { data: [] } } },
        { caption: 'x', icon: 'terms', action: good.action },
      ],
    ],
  };
  const found = issues(body);
  const paths = [
    'sender_buttons.0.0.action: Exactly one of',
    'sender_buttons.1.0.action.open_url',
    'sender_buttons.1.1.action.open_url',
    'sender_buttons.1.2.action.open_url',
    'sender_buttons.1: At most 3 buttons in a row',
    'sender_buttons.2: Must not be empty',
    'sender_buttons: At most 3 rows',
    'receiver_buttons.0.0.action: Exactly one of',
    'receiver_buttons.0.1.caption',
    'receiver_buttons.0.1.action.open_session.data',
    'receiver_buttons.0.2.icon',
    'lane',
    'expires_at',
    'media_id: Text or media, not both',
    ': Exactly one of session_id, conversation_id, chatbot',
    'grant_id: Only together with conversation_id',
    ': Unrecognized key: "surprise"',
  ];
  for (const path of paths)
    t.true(
      found.some((issue) => issue.startsWith(path)),
      path,
    );
  t.is(found.length, paths.length, found.join('\n'));
});

for (const [name, change] of [
  ['neither text nor media', { text: undefined }],
  ['a blank text', { text: ' \n ' }],
  ['a text that is too long', { text: 'x'.repeat(4097) }],
  ['half a surrogate pair', { text: 'a\ud800' }],
  ['NUL', { text: 'a\0' }],
  ['two recipients', { conversation_id: 'c' }],
  ['a chatbot with both ids', { session_id: null, chatbot: { user_id: 'a', conversation_id: 'b' } }],
  ['a chatbot with none', { session_id: null, chatbot: {} }],
  ['a conversation made of dots', { session_id: null, conversation_id: '..' }],
  ['a conversation with a space', { session_id: null, conversation_id: 'a b' }],
  ['metadata that is not text', { metadata: { order: 17 } }],
  ['metadata without measure', { metadata: { a: 'x'.repeat(5000) } }],
  ['a caption that is too long', { sender_buttons: [[button(good.action, 'ب'.repeat(31))]] }],
  ['data without measure', { sender_buttons: [[button({ ask: { data: { a: 'x'.repeat(5000) } } })]] }],
  ['a long address', { sender_buttons: [[url(`https://a.example/${'x'.repeat(2048)}`)]] }],
  ['a post token that is none', { sender_buttons: [[button({ open_post: '../x' })]] }],
] as const) {
  test(`refuses ${name}`, (t) => {
    t.not(issues({ ...base, ...change }).length, 0);
  });
}

test('joiners and marks, which Persian needs, take no room in a caption', (t) => {
  const caption = 'پیش‌فاکتورِ '.repeat(3).slice(0, 34).trim();
  t.true(caption.length > 30);
  t.deepEqual(issues({ ...base, sender_buttons: [[button(good.action, caption)]] }), []);
});

test('the message of a completion has no recipient', (t) => {
  t.true(CompletionMessage.safeParse({ text: 'a' }).success);
  t.false(CompletionMessage.safeParse(base).success);
  t.false(CompletionMessage.safeParse({}).success);
});

const lint = (body: unknown, generation: 'v1' | 'v2' = 'v2') =>
  lintMessage(body, {
    app: { generation, landing: { pages: { track: 'https://shop.example/track' } } } as unknown as App,
    isAllowedUrl: (address) => address.startsWith('http://allowed.example'),
    now: T0,
  }).map(({ path, code }) => `${path} ${code}`);

test('takes http only where the installation lets it', (t) => {
  t.deepEqual(
    lint({ ...base, sender_buttons: [[url('http://other.example/'), url('http://allowed.example/')]] }),
    ['body.sender_buttons.0.0.action.open_url url_not_allowed'],
  );
});

test('knows only the pages of the app', (t) => {
  const page = (name: string) => button({ open_session: { data: {}, page: name } });
  t.deepEqual(lint({ ...base, receiver_buttons: [[page('track')], [page('other'), page('toString')]] }), [
    'body.receiver_buttons.1.0.action.open_session.page unknown_page',
    'body.receiver_buttons.1.1.action.open_session.page unknown_page',
  ]);
});

test('the first generation has one button a side, of two kinds, and no chatbots', (t) => {
  const body = {
    chatbot: { user_id: 'u' },
    sender_buttons: [[good, good]],
    receiver_buttons: [[button({ ask: { data: {} } })]],
  };
  t.deepEqual(lint(body, 'v1'), [
    'body.chatbot not_in_generation',
    'body.sender_buttons not_for_chatbot',
    'body.sender_buttons too_many_buttons',
    'body.receiver_buttons.0.0.action.ask not_in_generation',
  ]);
  t.deepEqual(lint({ ...base, sender_buttons: [[good]], receiver_buttons: [[good]] }, 'v1'), []);
});

test('refuses what has expired already, and media in the first generation', (t) => {
  t.deepEqual(lint({ ...base, expires_at: T0.toISOString(), media_id: 'med_1' }), [
    'body.expires_at in_past',
  ]);
  t.deepEqual(lint({ ...base, media_id: 'med_1' }, 'v1'), ['body.media_id not_in_generation']);
  t.deepEqual(lint({ ...base, expires_at: '2026-11-24T11:30:00.001+03:30' }), []);
});

test('passes over whatever the schema speaks of', (t) => {
  for (const body of [
    null,
    5,
    [],
    'x',
    { sender_buttons: 5 },
    { sender_buttons: [5, [null, 7, { action: [] }]] },
  ])
    t.deepEqual(lint(body), []);
});

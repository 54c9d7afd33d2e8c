import test from 'ava';
import fc from 'fast-check';
import {
  coversScopes,
  formatScope,
  formatTriple,
  parseScope,
  renderScopes,
  ScopeTemplate,
  ScopeTemplates,
} from '../../src/consent/scopes.ts';

const CONVERSATION = '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb';
const USER = '3f0b6a52-0c1e-4d7f-9a44-5b1a2c3d4e5f';
const PEER = 'a1b2c3d4-1111-4222-8333-944455556666';
const OWN_8 =
  'M2YwYjZhNTItMGMxZS00ZDdmLTlhNDQtNWIxYTJjM2Q0ZTVmOndaX3g5UWE3OmExYjJjM2Q0LTExMTEtNDIyMi04MzMzLTk0NDQ1NTU1NjY2Ng==';

const visit = {
  conversationId: CONVERSATION,
  postToken: 'wZ_x9Qa7',
  user: { id: USER, side: 'supply' as const },
  peer: { id: PEER },
};

// TV-48
const PARSED: [text: string, name: string, id: string | undefined][] = [
  ['A.b.c', 'A', 'b.c'],
  ['CHAT_X__eA==', 'CHAT_X', 'eA=='],
  ['USER_PHONE.USER_PHONE', 'USER_PHONE', undefined],
  ['USER_PHONE__USER_PHONE', 'USER_PHONE', undefined],
  ['USER_PHONE', 'USER_PHONE', undefined],
  ['POST_EDIT.ab__c', 'POST_EDIT', 'ab__c'],
  ['POST_EDIT___abc', 'POST_EDIT', '_abc'],
  ['POST_EDIT__a.b', 'POST_EDIT', 'a.b'],
  ['OFFLINE_ACCESS', 'offline_access', undefined],
  ['OPENID', 'openid', undefined],
  ['USER_ID.', 'USER_ID', undefined],
];
for (const [text, name, id] of PARSED) {
  test(`reads the scope ${text}`, (t) => t.deepEqual(parseScope(text), { name, id }));
}

test('a scope that was written is read as it was', (t) => {
  const name = fc
    .stringMatching(/^[A-Z]+(_[A-Z]+){0,3}$/)
    .filter((text) => !['OPENID', 'OFFLINE_ACCESS'].includes(text));
  const id = fc.option(fc.stringMatching(/^[\x21-\x7e]{1,40}$/), { nil: undefined });
  fc.assert(
    fc.property(name, id, (scopeName, scopeId) => {
      fc.pre(scopeId !== scopeName);
      const scope = { name: scopeName, id: scopeId };
      t.deepEqual(parseScope(formatScope(scope)), scope);
      if (scopeId !== undefined) t.deepEqual(parseScope(`${scopeName}__${scopeId}`), scope);
    }),
  );
});

test('any text is read without harm, and what comes out reads the same again', (t) => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const once = formatScope(parseScope(text));
      t.is(formatScope(parseScope(once)), once);
    }),
  );
});

const TRIPLES: [user: string, post: string, peer: string, id: string][] = [
  [
    'e9ba8a81-9583-4f7c-af54-b07df089d971',
    'AZf3Uqr3',
    '1697004f-e902-44c2-bbbe-bf8e20d54bff',
    'ZTliYThhODEtOTU4My00ZjdjLWFmNTQtYjA3ZGYwODlkOTcxOkFaZjNVcXIzOjE2OTcwMDRmLWU5MDItNDRjMi1iYmJlLWJmOGUyMGQ1NGJmZg==',
  ],
  [USER, 'wZ_x9Qa7', PEER, OWN_8],
  [
    USER,
    'wZ_x9Qa7k',
    PEER,
    'M2YwYjZhNTItMGMxZS00ZDdmLTlhNDQtNWIxYTJjM2Q0ZTVmOndaX3g5UWE3azphMWIyYzNkNC0xMTExLTQyMjItODMzMy05NDQ0NTU1NTY2NjY=',
  ],
  [
    USER,
    'wZ_x9Qa7k2',
    PEER,
    'M2YwYjZhNTItMGMxZS00ZDdmLTlhNDQtNWIxYTJjM2Q0ZTVmOndaX3g5UWE3azI6YTFiMmMzZDQtMTExMS00MjIyLTgzMzMtOTQ0NDU1NTU2NjY2',
  ],
];
test('the id of a v1 conversation is the Base64 of its three ids, user first', (t) => {
  for (const [user, postToken, peer, id] of TRIPLES)
    t.is(formatTriple({ user: { id: user, side: null }, postToken, peer: { id: peer } }), id);
  t.is(formatTriple({ ...visit, peer: { id: null } }), null);
});

test('templates are filled from the visit, and left out when it lacks the value', (t) => {
  const templates = [
    'USER_ID',
    'offline_access',
    'CONVERSATION_SEND_MESSAGE.{conversation_id}',
    'POST_EDIT.{post_token}',
    'POST_ADDON_CREATE.other',
  ];
  t.deepEqual(renderScopes(templates, visit, 'v2'), [
    'USER_ID',
    'offline_access',
    `CONVERSATION_SEND_MESSAGE.${CONVERSATION}`,
    'POST_EDIT.wZ_x9Qa7',
    'POST_ADDON_CREATE.other',
  ]);
  const poor = { ...visit, conversationId: null, postToken: null };
  t.deepEqual(renderScopes(templates, poor, 'v2'), ['USER_ID', 'offline_access', 'POST_ADDON_CREATE.other']);
  t.deepEqual(renderScopes(['USER_ID', 'USER_ID.USER_ID'], visit, 'v2'), ['USER_ID']);
});

test('v1 chat scopes get their triple, however the app writes them, or are left out', (t) => {
  const scope = `CHAT_SEND_MESSAGE_OAUTH.${OWN_8}`;
  t.deepEqual(renderScopes(['CHAT_SEND_MESSAGE_OAUTH'], visit, 'v1'), [scope]);
  t.deepEqual(renderScopes(['CHAT_SEND_MESSAGE_OAUTH.{conversation_id}'], visit, 'v1'), [scope]);
  t.deepEqual(renderScopes(['CHAT_READ_CONVERSATION'], visit, 'v1'), [`CHAT_READ_CONVERSATION.${OWN_8}`]);
  t.deepEqual(renderScopes(['CHAT_SEND_MESSAGE_OAUTH.abc='], visit, 'v1'), ['CHAT_SEND_MESSAGE_OAUTH.abc=']);
  for (const missing of [{ user: { id: null, side: null } }, { peer: { id: null } }, { postToken: null }])
    t.deepEqual(renderScopes(['USER_PHONE', 'CHAT_SEND_MESSAGE_OAUTH'], { ...visit, ...missing }, 'v1'), [
      'USER_PHONE',
    ]);
});

const SYNTAX: [text: string, isGood: boolean][] = [
  ['USER_ID', true],
  ['offline_access', true],
  ['CONVERSATION_SEND_MESSAGE.{conversation_id}', true],
  ['POST_EDIT.{post_token}', true],
  ['POST_EDIT.wZ_x9Qa7', true],
  [`CHAT_SEND_MESSAGE_OAUTH.${OWN_8}`, true],
  ['POST_EDIT__wZ_x9Qa7', false],
  ['POST_EDIT.', false],
  ['POST_EDIT.{user_id}', false],
  ['POST_EDIT.a{post_token}', false],
  ['POST_EDIT.a b', false],
  ['USER_ID USER_PHONE', false],
  ['USER_ID&state=x', false],
  ['', false],
  ['.x', false],
  ['USER_ID\n', false],
  ['کاربر', false],
  [`POST_EDIT.${'a'.repeat(201)}`, false],
];
test('only our own syntax is taken from tenants', (t) => {
  for (const [text, isGood] of SYNTAX) t.is(ScopeTemplate.safeParse(text).success, isGood, text);
  t.false(ScopeTemplates.safeParse([]).success);
  t.false(ScopeTemplates.safeParse(Array(21).fill('USER_ID')).success);
  t.false(ScopeTemplates.safeParse(Array(11).fill(`POST_EDIT.${'a'.repeat(190)}`)).success);
});

const SEND = `CONVERSATION_SEND_MESSAGE.${CONVERSATION}`;
const ALL = 'CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND';
const OF_POST = 'CHAT_POST_CONVERSATIONS_MESSAGE_SEND.wZ_x9Qa7';
const demand = { ...visit, user: { id: USER, side: 'demand' as const } };
const unknown = { ...visit, user: { id: USER, side: null } };
const COVERS: [
  title: string,
  granted: string[],
  wanted: string[],
  about: typeof visit | typeof demand | typeof unknown,
  covers: boolean,
][] = [
  ['the same scopes', [SEND, 'USER_ID'], ['USER_ID', SEND], visit, true],
  ['the same scope in another spelling', ['USER_ID.USER_ID'], ['USER_ID'], visit, true],
  ['nothing wanted', [], [], visit, true],
  ['one of two', [SEND], ['USER_ID', SEND], visit, false],
  ['another conversation', ['CONVERSATION_SEND_MESSAGE.other'], [SEND], visit, false],
  ['all conversations of the supplier', [ALL], [SEND], visit, true],
  ['all conversations of the supplier, to a buyer', [ALL], [SEND], demand, false],
  ['all conversations of the supplier, side unknown', [ALL], [SEND], unknown, false],
  [
    'all conversations, for a conversation that is not the visit',
    [ALL],
    ['CONVERSATION_SEND_MESSAGE.other'],
    visit,
    false,
  ],
  ['the post of the visit', [OF_POST], [SEND], visit, true],
  ['the post of the visit, to a buyer', [OF_POST], [SEND], demand, false],
  ['another post', ['CHAT_POST_CONVERSATIONS_MESSAGE_SEND.other'], [SEND], visit, false],
  ['all conversations for those of a post', [ALL], [OF_POST], visit, true],
  [
    'the post for a v1 conversation',
    ['CHAT_SEND_MESSAGE_POST_CONVERSATIONS.wZ_x9Qa7'],
    [`CHAT_SEND_MESSAGE_OAUTH.${OWN_8}`],
    visit,
    true,
  ],
  [
    'reading all for reading one',
    ['CHAT_SUPPLIER_ALL_CONVERSATIONS_READ'],
    [`CHAT_CONVERSATION_READ.${CONVERSATION}`],
    visit,
    false,
  ],
  ['one conversation for all', [SEND], [ALL], visit, false],
];
for (const [title, granted, wanted, about, covers] of COVERS) {
  test(`${covers ? 'covered' : 'not covered'}: ${title}`, (t) =>
    t.is(coversScopes(granted, wanted, about), covers));
}

test('more scopes never cover less', (t) => {
  const scope = fc.constantFrom(
    SEND,
    ALL,
    OF_POST,
    'USER_ID',
    'USER_PHONE',
    'CONVERSATION_SEND_MESSAGE.other',
  );
  fc.assert(
    fc.property(
      fc.array(scope),
      fc.array(scope),
      scope,
      fc.constantFrom(visit, demand, unknown),
      (granted, wanted, one, about) => {
        if (coversScopes(granted, wanted, about)) t.true(coversScopes([...granted, one], wanted, about));
        t.true(coversScopes(wanted, wanted, about));
      },
    ),
  );
});

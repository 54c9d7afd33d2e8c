import test from 'ava';
import fc from 'fast-check';
import { findOperation, isCovered, listOperations, missingScope } from '../../src/proxy/operations.ts';

const found = (method: string, path: string) => {
  const operation = findOperation(method, path);
  return 'path' in operation ? operation : undefined;
};

test('every path of the table is found with its method, and spelled as it came', (t) => {
  t.is(listOperations().length, 60);
  for (const [method, template] of listOperations()) {
    const path = template.replace(/\{\w+\}/g, 'a-b_c1');
    t.is(found(method, path)?.path, path, `${method} ${path}`);
  }
});

test('an id of Divar passes as one segment, encoded anew', (t) => {
  const id = '5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4=';
  const operation = found('POST', `/v1/open-platform/chat/bot/users/${encodeURIComponent(id)}/messages`);
  t.like(operation, { send: 'bot_user', params: { user_id: id } });
  t.true(operation?.path.includes('%2F') && !operation.path.includes('%252F'));
  const lower = encodeURIComponent(id).toLowerCase().replaceAll('5qu', '5Qu');
  t.regex(found('POST', `/v1/open-platform/chat/bot/users/${lower}/messages`)?.path ?? '', /%2F/);
});

const CONVERSATION = '/v1/open-platform/chat/conversations';
for (const path of [
  `${CONVERSATION}/..`,
  `${CONVERSATION}/.`,
  `${CONVERSATION}/%2e%2e`,
  `${CONVERSATION}/%2E%2E%2Fusers`,
  `${CONVERSATION}/a%2F..%2F..%2Fusers`,
  `${CONVERSATION}/a%2F%2Fb`,
  `${CONVERSATION}/%252e%252e`,
  `${CONVERSATION}/a%5C..`,
  `${CONVERSATION}/a\\b`,
  `${CONVERSATION}/a%00`,
  `${CONVERSATION}/a%0d%0aX-Evil:1`,
  `${CONVERSATION}/a%3Fb`,
  `${CONVERSATION}/a%23b`,
  `${CONVERSATION}/a;b`,
  `${CONVERSATION}/%zz`,
  `${CONVERSATION}/%c3%28`,
  `${CONVERSATION}/سلام`,
  `${CONVERSATION}/${'a'.repeat(301)}`,
  `${CONVERSATION}/`,
  `${CONVERSATION}//a`,
  `${CONVERSATION}/a/`,
  '/v1/open-platform/./users',
  '/v1/open-platform/x/../users',
  '/v1/open-platform/%75sers',
  '/V1/open-platform/users',
  '//v1/open-platform/users',
  'v1/open-platform/users',
  '/http://evil.example/v1/open-platform/users',
  '@evil.example/v1/open-platform/users',
  '',
  '/',
])
  test(`refuses the path ${JSON.stringify(path.slice(0, 80))}`, (t) => {
    t.deepEqual(findOperation('GET', path), { methods: [] });
  });

test('whatever comes, what goes out stays below the path of the table', (t) => {
  const piece = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '%2e',
      '%2F',
      '/',
      '\\',
      '%5c',
      '%00',
      '%25',
      'a',
      '=',
      '+',
      '@',
      ':',
      '?',
      '#',
    ),
    fc.string({ maxLength: 3 }),
  );
  const property = fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
    const operation = found('GET', `${CONVERSATION}/${pieces.join('')}`);
    if (!operation) return true;
    const { pathname, host } = new URL(`https://divar.example${operation.path}`);
    return (
      host === 'divar.example' &&
      pathname === operation.path &&
      pathname.split('/').length === 6 &&
      pathname.startsWith(`${CONVERSATION}/`)
    );
  });
  t.notThrows(() => fc.assert(property, { numRuns: 2000 }));
});

test('another method is told which ones there are', (t) => {
  t.deepEqual(findOperation('PUT', '/v1/open-platform/users'), { methods: ['GET'] });
  t.deepEqual(findOperation('GET', '/v1/open-platform/post/abc'), { methods: ['DELETE', 'PUT'] });
});

test('a grant covers what its scopes name, for the thing of the path alone', (t) => {
  const read = found('GET', `${CONVERSATION}/c1`);
  const edit = found('PUT', '/v2/open-platform/post/p1');
  const users = found('GET', '/v1/open-platform/users');
  const subscribe = found('POST', '/v1/open-platform/events/subscriptions');
  if (!read || !edit || !users || !subscribe) return t.fail();
  t.true(isCovered(read, ['CHAT_CONVERSATION_READ.c1']));
  t.false(isCovered(read, ['CHAT_CONVERSATION_READ.c2', 'CHAT_CONVERSATION_READ', 'USER_ID']));
  t.true(isCovered(edit, ['EDIT_USER_POST']));
  t.true(isCovered(edit, ['POST_EDIT.p1']));
  t.false(isCovered(edit, ['POST_EDIT.p2']));
  t.true(isCovered(users, ['USER_PHONE']));
  t.true(isCovered(subscribe, ['CHAT_POST_CONVERSATIONS_READ.any']));
  t.is(missingScope(read), 'CHAT_CONVERSATION_READ.c1');
});

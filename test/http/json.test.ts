import test from 'ava';
import fc from 'fast-check';
import { Problem } from '../../src/errors.ts';
import { exceededLimit, parseJsonObject, unstorableTextIssues } from '../../src/http/json.ts';

const LIMITS = { depth: 64, keyCount: 10_000 };
const parse = (text: string | Buffer, how: 'drop' | 'refuse' = 'drop') =>
  parseJsonObject(Buffer.from(text as string), LIMITS, how);

/** What the counter must agree with: the parsed value, walked. */
function measure(value: unknown): { depth: number; keyCount: number } {
  if (typeof value !== 'object' || value === null) return { depth: 0, keyCount: 0 };
  const inner = Object.values(value).map(measure);
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    keyCount:
      (Array.isArray(value) ? 0 : Object.keys(value).length) +
      inner.reduce((sum, { keyCount }) => sum + keyCount, 0),
  };
}

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('"', '\\', '{', '[', ':', '}', ']', 'a') }),
);
const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom(null, true, 0, -1.5e10),
    anyText,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(anyText, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

test('the counter agrees with a walk of the parsed value, whatever stands in strings', (t) => {
  fc.assert(
    fc.property(
      anyJson,
      fc.nat(6),
      fc.nat(12),
      fc.constantFrom(undefined, 2),
      (value, depth, keyCount, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        const found = measure(JSON.parse(text));
        const isOver = found.depth > depth || found.keyCount > keyCount;
        return (exceededLimit(text, { depth, keyCount }) !== undefined) === isOver;
      },
    ),
    { numRuns: 2000 },
  );
  t.pass();
});

test('takes exactly the allowed depth and not one level more', (t) => {
  const nest = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  t.truthy(parse(nest(64)));
  t.like(
    t.throws(() => parse(nest(65)), { instanceOf: Problem }),
    { code: 'invalid_request', issues: [{ code: 'too_deep' }] },
  );
  t.throws(() => parse(`{"a":${'['.repeat(64)}${']'.repeat(64)}}`), { instanceOf: Problem });
  t.truthy(parse(`{"a":"${'['.repeat(500)}"}`));
});

test('takes exactly the allowed number of keys and not one more, repeated ones included', (t) => {
  const many = (count: number) => `{${Array.from({ length: count }, () => '"":1').join(',')}}`;
  t.deepEqual(parse(many(10_000)), { '': 1 });
  t.like(
    t.throws(() => parse(many(10_001)), { instanceOf: Problem }),
    { issues: [{ code: 'too_many_keys' }] },
  );
});

test('of a repeated key the last one counts', (t) => {
  t.deepEqual(parse('{"a":1,"a":2}'), { a: 2 });
});

test('a byte order mark is not part of the text', (t) => {
  t.deepEqual(parse('\ufeff{"a":1}'), { a: 1 });
});

test('only an object is a body', (t) => {
  for (const text of ['null', '[]', '"a"', '1', 'true']) {
    t.like(
      t.throws(() => parse(text), { instanceOf: Problem }, text),
      { issues: [{ code: 'invalid_type' }] },
    );
  }
});

test('broken text is refused without quoting it', (t) => {
  const secret = 'secret-7f';
  for (const text of ['', '{', `{"a":${secret}}`, '{"a":1}x', "{'a':1}", '{"a":\u0000}']) {
    const problem = t.throws(() => parse(text), { instanceOf: Problem }, text);
    t.like(problem, { code: 'invalid_request', issues: [{ path: 'body', code: 'invalid_json' }] });
    t.false(JSON.stringify([problem?.issues, problem?.detail, String(problem?.cause)]).includes(secret));
  }
});

test('bytes that are not UTF-8 are refused', (t) => {
  for (const bytes of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf4, 0x90, 0x80, 0x80]]) {
    const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
    t.like(
      t.throws(() => parse(body), { instanceOf: Problem }),
      { issues: [{ code: 'invalid_utf8' }] },
    );
  }
});

test('never throws anything but a problem, and never touches a prototype', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.json()), (input) => {
      const bytes = typeof input === 'string' ? Buffer.from(input) : Buffer.from(input);
      try {
        return Object.getPrototypeOf(parseJsonObject(bytes, LIMITS, 'drop')) === Object.prototype;
      } catch (error) {
        return error instanceof Problem && error.code === 'invalid_request';
      }
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

test('__proto__ is left out of what Divar sends, however it is written and however deep', (t) => {
  const texts = [
    '{"__proto__":{"admin":true},"a":1}',
    '{"\\u005f_proto__":{"admin":true},"a":1}',
    '{"__pr\\u006Fto__":{},"a":1}',
  ];
  for (const text of texts) {
    const body = parse(text);
    t.deepEqual(Object.keys(body), ['a'], text);
    t.is(Object.assign({}, body).admin, undefined);
  }
  t.deepEqual(parse('{"list":[{"__proto__":{"admin":true}}]}'), { list: [{}] });
});

test('constructor and prototype are ordinary data', (t) => {
  const body = parse('{"constructor":"Boeing","prototype":{"a":1},"__proto__":1}');
  t.deepEqual(Object.entries(body), [
    ['constructor', 'Boeing'],
    ['prototype', { a: 1 }],
  ]);
});

test('__proto__ in the request of a tenant is an unknown field, with its place', (t) => {
  const problem = t.throws(() => parse('{"a":{"b":[{"__proto__":{}}]}}', 'refuse'), { instanceOf: Problem });
  t.like(problem, {
    code: 'invalid_request',
    issues: [{ path: 'body.a.b.0.__proto__', code: 'unrecognized_keys' }],
  });
});

test('names every string that cannot be stored', (t) => {
  const value = { good: 'سلام 👋', nul: 'a\0b', half: ['\ud83d'], 'key\0': 1 };
  t.deepEqual(
    unstorableTextIssues(value, 'body').map(({ path }) => path),
    ['body.nul', 'body.half.0', 'body'],
  );
});

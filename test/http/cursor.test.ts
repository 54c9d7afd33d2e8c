import test from 'ava';
import fc from 'fast-check';
import { z } from 'zod';
import { Problem } from '../../src/errors.ts';
import { createCursors, ListQuery, pageOf } from '../../src/http/cursor.ts';
import { testSeal } from '../helpers/fakes.ts';

const scope = { tenantId: 'ten_1', list: 'sessions/app_1' };
const cursors = createCursors({ seal: testSeal() });
const pageAfter = (rows: string[], limit: number, of = scope) =>
  cursors.page(of, { rows, limit, positionOf: (row) => row, view: (row) => ({ id: row }) });

test('walking by cursors meets every row once, in order, whatever the page size', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), fc.integer({ min: 1, max: 5 }), (ids, limit) => {
      const sorted = [...ids].sort().reverse();
      const met: string[] = [];
      let cursor: string | undefined;
      do {
        const before = cursors.read(scope, cursor);
        const rows = sorted.filter((id) => before === undefined || id < before).slice(0, limit + 1);
        const page = pageAfter(rows, limit);
        met.push(...page.data.map(({ id }) => id));
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return JSON.stringify(met) === JSON.stringify(sorted);
    }),
  );
  t.pass();
});

test('a cursor fits into an address and shows nothing of the position', (t) => {
  const cursor = pageAfter(['ses_planted', 'ses_2'], 1).next_cursor ?? '';
  t.regex(cursor, /^[A-Za-z0-9_-]{20,500}$/);
  t.false(Buffer.from(cursor, 'base64url').toString().includes('planted'));
});

test("another tenant's cursor, another list's and a made-up one are the same mistake", (t) => {
  const cursor = pageAfter(['a', 'b'], 1).next_cursor ?? '';
  const tries: [typeof scope, string][] = [
    [{ ...scope, tenantId: 'ten_2' }, cursor],
    [{ ...scope, list: 'sessions/app_2' }, cursor],
    [scope, `${cursor.slice(0, -2)}AA`],
    [scope, cursor.slice(0, 10)],
    [scope, 'x'],
    [scope, Buffer.from('a').toString('base64url')],
    [scope, '\0'],
  ];
  for (const [of, text] of tries) {
    const problem = t.throws(() => cursors.read(of, text), { instanceOf: Problem }, text);
    t.like(problem, { code: 'invalid_request', issues: [{ path: 'query.cursor', code: 'invalid_cursor' }] });
  }
});

test('the last page has no cursor, even when it is full', (t) => {
  t.deepEqual(pageAfter(['a', 'b'], 2), { data: [{ id: 'a' }, { id: 'b' }], next_cursor: null });
  t.deepEqual(pageAfter([], 2), { data: [], next_cursor: null });
});

test('a list takes 1 to 100 rows, 25 if nobody says', (t) => {
  t.deepEqual(ListQuery.parse({}), { limit: 25 });
  t.deepEqual(ListQuery.parse({ limit: '100', cursor: 'c' }), { limit: 100, cursor: 'c' });
  for (const limit of ['0', '101', '-1', '1.5', '1e1', '0x10', '', ' 1', 'all', '9999']) {
    t.false(ListQuery.safeParse({ limit }).success, limit);
  }
  t.false(ListQuery.safeParse({ cursor: '' }).success);
  t.false(ListQuery.safeParse({ page: '1' }).success);
});

test('the schema of a page is that of its rows', (t) => {
  const Rows = pageOf(z.object({ id: z.string() }));
  t.deepEqual(Rows.parse({ data: [{ id: 'a', more: 1 }], next_cursor: null }), {
    data: [{ id: 'a' }],
    next_cursor: null,
  });
});

/** Lists: `?limit=1..100&cursor=` -> `{data, next_cursor}`. A cursor is sealed for its tenant and its list: nobody can
 *  make one, read one, or carry one over to another tenant. @see CONTRACT section 5 */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import type { Seal } from '../ports.ts';

/** For `strictObject` shapes: `z.strictObject({ ...listQuery, state: ... })`. */
export const listQuery = {
  limit: z
    .preprocess(
      (value) => (typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : value),
      z.int().min(1).max(100),
    )
    .default(25),
  cursor: z.string().min(1).max(1000).optional(),
};

/** When a row was made: from one instant, before another. For lists whose ids tell it. */
export const rangeQuery = {
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
};

export interface TimeRange {
  from: Date | undefined;
  to: Date | undefined;
}

export function readRange({ from, to }: { from?: string | undefined; to?: string | undefined }): TimeRange {
  return {
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
}

export const ListQuery = z.strictObject(listQuery);
export type ListQuery = z.infer<typeof ListQuery>;

export interface Page<View> {
  data: View[];
  next_cursor: string | null;
}

/** The reply schema of a list. */
export function pageOf<View extends z.ZodType>(view: View) {
  return z.object({ data: z.array(view), next_cursor: z.string().nullable() });
}

export interface ListScope {
  tenantId: string;
  /** Names the list and what it is narrowed to: `sessions/app_1`. A cursor of one list is refused by every other. */
  list: string;
}

/** What a list is narrowed to, as a part of its name: a page that goes on must be narrowed alike. */
export function nameNarrowing(filters: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  return given.map(([name, value]) => `/${name}=${String(value)}`).join('');
}

export type Cursors = ReturnType<typeof createCursors>;

export function createCursors({ seal }: { seal: Seal }) {
  const associatedData = ({ tenantId, list }: ListScope) => `${tenantId}|cursors|position|${list}`;

  return {
    /** The position that `page` put into the cursor; undefined for a first page. Throws `invalid_request`. */
    read: (scope: ListScope, cursor: string | undefined): string | undefined => {
      if (cursor === undefined) return undefined;
      try {
        return seal.open(Buffer.from(cursor, 'base64url').toString(), associatedData(scope));
      } catch (cause) {
        const issue = { path: 'query.cursor', code: 'invalid_cursor', message: 'Not a cursor of this list' };
        throw new Problem('invalid_request', { issues: [issue], cause });
      }
    },

    /** One page out of `limit + 1` rows: the row too many only says that there is a next page. */
    page: <Row, View>(
      scope: ListScope,
      {
        rows,
        limit,
        positionOf,
        view,
      }: { rows: readonly Row[]; limit: number; positionOf(row: Row): string; view(row: Row): View },
    ): Page<View> => {
      const shown = rows.slice(0, limit);
      const last = rows.length > limit ? shown.at(-1) : undefined;
      return {
        data: shown.map(view),
        next_cursor:
          last === undefined
            ? null
            : Buffer.from(seal.seal(positionOf(last), associatedData(scope))).toString('base64url'),
      };
    },
  };
}

/** Errors as the panel shows them: what went wrong for one reason is one group, whatever it is made of. Pure. */
import { z } from 'zod';
import { CAUSES, causeOf, type TroubleKind } from './causes.ts';

/** How far back groups are made; the line of hours shows the last day. */
export const TROUBLE_DAYS = 7;
export const HOUR_COUNT = 24;
const HOUR_MS = 3600_000;
/** Of what went wrong last. */
export const EXAMPLE_COUNT = 5;

export type MarkState = 'muted' | 'resolved';

/** What somebody has decided about a group. */
export interface Mark {
  fingerprint: string;
  state: MarkState;
  memberId: string;
  markedAt: Date;
}

/** What went wrong for one reason, as it was counted. */
export interface Trouble {
  kind: TroubleKind;
  code: string;
  /** The endpoint, of a delivery. */
  endpointId: string | null;
  count: number;
  /** Conversations, events, visits or grants, whatever it is about; null where nobody knows. */
  affectedCount: number | null;
  firstAt: Date;
  lastAt: Date;
  exampleIds: readonly string[];
}

/** `delivery.bad_status.end_1`: the same trouble has the same name next week. */
export function fingerprintOf({ kind, code, endpointId }: Pick<Trouble, 'kind' | 'code' | 'endpointId'>) {
  return [kind, code, ...(endpointId === null ? [] : [endpointId])].join('.');
}

export const Fingerprint = z.string().regex(/^[a-z]+\.[a-z0-9_]+(?:\.end_[0-9a-z]{1,40})?$/);

/** Muted stays muted; what was resolved is open again once it happens again. */
export function stateOf(mark: Mark | undefined, lastAt: Date): 'open' | MarkState {
  if (mark === undefined) return 'open';
  return mark.state === 'resolved' && lastAt > mark.markedAt ? 'open' : mark.state;
}

const Text = z.object({ cause: z.string(), fix: z.string() });

export const TroubleView = z
  .object({
    /** The fingerprint. */
    id: z.string(),
    object: z.literal('error_group'),
    kind: z.enum(['message', 'delivery', 'grant', 'consent', 'init', 'event', 'action']),
    code: z.string(),
    endpoint_id: z.string().nullable(),
    state: z.enum(['open', 'muted', 'resolved']),
    /** It was resolved, and has happened again since. */
    reopened: z.boolean(),
    marked_at: z.iso.datetime().nullable(),
    count: z.int(),
    affected_count: z.int().nullable(),
    first_at: z.iso.datetime(),
    last_at: z.iso.datetime(),
    /** Of each of the last 24 hours, the oldest first. */
    hours: z.array(z.int()).length(HOUR_COUNT),
    example_ids: z.array(z.string()),
    cause: z.object({
      key: z.string(),
      fa: Text,
      en: Text,
      page: z.string().nullable(),
      needs_ticket: z.boolean(),
    }),
  })
  .meta({ id: 'ErrorGroup' });
export type TroubleView = z.infer<typeof TroubleView>;

export function presentTrouble(
  trouble: Trouble,
  { mark, hours }: { mark: Mark | undefined; hours: readonly number[] },
): TroubleView {
  const { kind, code, endpointId, lastAt } = trouble;
  const key = causeOf(kind, code);
  const { needsTicket, ...cause } = CAUSES[key];
  const state = stateOf(mark, lastAt);
  return {
    id: fingerprintOf(trouble),
    object: 'error_group',
    ...{ kind, code, state },
    endpoint_id: endpointId,
    reopened: state === 'open' && mark !== undefined,
    marked_at: mark?.markedAt.toISOString() ?? null,
    count: trouble.count,
    affected_count: trouble.affectedCount,
    first_at: trouble.firstAt.toISOString(),
    last_at: lastAt.toISOString(),
    hours: [...hours],
    example_ids: [...trouble.exampleIds],
    cause: { key, ...cause, needs_ticket: needsTicket },
  };
}

/** Counts of whole hours, put into the line of the last day. */
export function lineOfHours(counts: readonly { hour: Date; count: number }[], now: Date): number[] {
  const line = Array.from({ length: HOUR_COUNT }, () => 0);
  const newest = Math.floor(now.getTime() / HOUR_MS);
  for (const { hour, count } of counts) {
    const place = HOUR_COUNT - 1 - (newest - Math.floor(hour.getTime() / HOUR_MS));
    if (place >= 0 && place < HOUR_COUNT) line[place] = (line[place] ?? 0) + count;
  }
  return line;
}

/** Open ones first, and of those the ones that happened last. */
export function compareTroubles(one: TroubleView, other: TroubleView): number {
  const rank = { open: 0, resolved: 1, muted: 2 };
  return rank[one.state] - rank[other.state] || (one.last_at < other.last_at ? 1 : -1);
}

/**
 * What the panel is told while it looks on: which rows are new and which have changed, by id; it reads them again itself.
 * Two looks at the newest rows of an app are compared. What is older than those changes unseen until its page reads it.
 * @see ADMINUI G4
 */

export const ROW_KINDS = [
  'session',
  'conversation',
  'message',
  'event',
  'delivery',
  'job',
  'endpoint',
  'grant',
] as const;
export type RowKind = (typeof ROW_KINDS)[number];

/** Rows of each kind that a look sees. */
export const LOOK_COUNT = 100;

export interface LiveRow {
  kind: RowKind;
  id: string;
  /** Differs when something of the row that is shown has changed. */
  version: string;
  conversationId: string | null;
}

export type LiveName = `${RowKind}.${'created' | 'updated'}` | 'job.progress' | 'error.updated' | 'app.check';

export interface LiveEvent {
  name: LiveName | 'resync';
  data: { id?: string; conversation_id?: string };
}

export type Look = ReadonlyMap<string, LiveRow>;

export const RESYNC: LiveEvent = { name: 'resync', data: {} };

export function lookAt(rows: readonly LiveRow[]): Look {
  return new Map(rows.map((row) => [row.id, row]));
}

/** Oldest first. Whoever cannot tell what he has missed says so. */
export function compareLooks(before: Look, after: Look): LiveEvent[] {
  const newest = [...after.values()].reverse();
  const made = newest.filter(({ id }) => !before.has(id));
  if (ROW_KINDS.some((kind) => made.filter((row) => row.kind === kind).length >= LOOK_COUNT)) return [RESYNC];
  const changed = newest.filter(({ id, version }) => {
    const known = before.get(id);
    return known !== undefined && known.version !== version;
  });
  return [
    ...made.flatMap((row) => tell(row, 'created')),
    ...changed.flatMap((row) => tell(row, 'updated')),
    ...(made.some(({ kind }) => kind === 'session' || kind === 'event') ? [CHECK] : []),
    ...([...made, ...changed].some(isTrouble) ? [TROUBLE] : []),
  ];
}

/** Divar has reached us: what waits for its first request looks again. */
const CHECK: LiveEvent = { name: 'app.check', data: {} };
const TROUBLE: LiveEvent = { name: 'error.updated', data: {} };

function tell(row: LiveRow, what: 'created' | 'updated'): LiveEvent[] {
  const { kind, id, conversationId } = row;
  const data = { id, ...(conversationId === null ? {} : { conversation_id: conversationId }) };
  const event: LiveEvent = { name: kind === 'job' ? 'job.progress' : `${kind}.${what}`, data };
  const isOfChat = (kind === 'event' || kind === 'message') && conversationId !== null;
  return isOfChat ? [event, { name: 'conversation.updated', data: { id: conversationId } }] : [event];
}

const TROUBLES: Partial<Record<RowKind, RegExp>> = {
  message: /^(?:failed|unknown) /,
  delivery: /^dead /,
  grant: /^broken /,
  endpoint: /^disabled /,
  session: / (?:denied|failed)$/,
};

function isTrouble({ kind, version }: LiveRow): boolean {
  return TROUBLES[kind]?.test(version) === true;
}

/** `number` orders the frames of one stream; a reader that gives one back has missed something. */
export function frameOf({ name, data }: LiveEvent, number: number): string {
  return `id: ${number}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** What must hold after any trouble, and by how much it does not. @see docs/runbook.md */
import type { Accepted, Callers } from './callers.ts';
import type { FakeDivar, Stored } from './fake-divar.ts';
import type { Receivers } from './receivers.ts';
import type { World } from './world.ts';

/** Every number must be zero but those of `facts`. */
export interface Verdict {
  /** Accepted, and neither in the chat nor ended with a reason. */
  lost: number;
  /** Said to be sent, and not in the chat. */
  liedSent: number;
  /** Said to have failed for sure, and in the chat. */
  liedFailed: number;
  /** In the chat, and never asked for. */
  unexpected: number;
  /** In the chat more often than doubtful tries explain. */
  duplicates: number;
  /** Two messages of a conversation in the wrong order. */
  inversions: number;
  /** Something of one tenant with another. */
  crossTenant: number;
  lateRefreshes: number;
  concurrentRefreshes: number;
  /** Grants that did not survive, though Divar would have kept them. */
  deadGrants: number;
  /** Acknowledged, and never told to a server that works. */
  untoldEvents: number;
  /** One event of Divar told under two ids. */
  doubledEvents: number;
  /** Neither delivered nor to be seen as a delivery of the endpoint that is broken. */
  invisibleDeliveries: number;
  /** Ends of messages nobody was told of. */
  untoldEnds: number;
  badSignatures: number;
  /** The same event told with two contents. */
  changedEvents: number;
  /** Work that waited for longer than a lease and fifteen seconds after its process had died. */
  lateRecoveries: number;
  surprises: number;
  facts: Record<string, number>;
}

interface MessageRow {
  id: string;
  state: string;
  code: string | null;
}

export async function judge(
  world: World,
  divar: FakeDivar,
  receivers: Receivers,
  callers: Callers,
): Promise<Verdict> {
  const { accepted, told, surprises } = callers;
  const rows = new Map(
    (await world.query<MessageRow>('select id, state, code from messages')).map((row) => [row.id, row]),
  );
  const doubtful = new Map(
    (
      await world.query<{ message_id: string; count: number }>(
        "select message_id, count(*)::int as count from attempts where stage = 'ambiguous' or stage is null group by 1",
      )
    ).map((row) => [row.message_id, row.count]),
  );
  const storedByText = countBy(divar.stored.map(({ text }) => text));
  const timesStored = ({ text }: Accepted) => storedByText.get(text) ?? 0;
  const count = (isSo: (message: Accepted, row: MessageRow | undefined) => boolean) =>
    accepted.filter((message) => isSo(message, rows.get(message.id))).length;
  const isEnded = (row: MessageRow | undefined) =>
    row !== undefined && ['sent', 'failed', 'expired', 'cancelled'].includes(row.state);
  const expected = new Map(accepted.map((message) => [message.text, message]));
  const [grants] = await world.query<{ dead: number }>(
    "select count(*)::int as dead from grants where verified_at is not null and state <> 'live'",
  );
  const ids = new Set(accepted.map(({ id }) => id));
  const recovery = await measureRecovery(world);
  return {
    lost: count((message, row) => timesStored(message) === 0 && !isEnded(row)),
    liedSent: count((message, row) => row?.state === 'sent' && timesStored(message) === 0),
    liedFailed: count(
      (message, row) => row?.state === 'failed' && timesStored(message) > 0 && !doubtful.has(message.id),
    ),
    unexpected: divar.stored.filter(({ text }) => !expected.has(text)).length,
    duplicates: accepted.reduce(
      (sum, message) => sum + Math.max(0, timesStored(message) - 1 - (doubtful.get(message.id) ?? 0)),
      0,
    ),
    inversions: countInversions(divar.stored, expected),
    crossTenant:
      receivers.wrongs.tenant +
      divar.stored.filter(({ apiKey, text }) => !text.startsWith(`${apiKey.replace('key-of-', '')}~`)).length,
    lateRefreshes: divar.sins.late + divar.sins.unknownToken,
    concurrentRefreshes: divar.sins.concurrent,
    deadGrants: grants?.dead ?? -1,
    ...judgeEvents(receivers, told),
    invisibleDeliveries: await countInvisible(world),
    untoldEnds: countUntoldEnds(receivers, accepted),
    badSignatures: receivers.wrongs.signature,
    changedEvents: receivers.wrongs.changed,
    lateRecoveries: recovery.late,
    surprises: surprises.length,
    facts: {
      accepted: accepted.length,
      stored: divar.stored.length,
      repeated: divar.stored.length - storedByText.size,
      recovered: [...rows.keys()].filter((id) => !ids.has(id)).length,
      failed: count((_, row) => row?.state === 'failed'),
      doubtfulTries: [...doubtful.values()].reduce((sum, one) => sum + one, 0),
      events: told.length,
      longestRecoverySeconds: recovery.longestSeconds,
      ...divar.counts,
    },
  };
}

/** By where each message first stands in its chat. */
function countInversions(stored: readonly Stored[], expected: ReadonlyMap<string, Accepted>): number {
  const latest = new Map<string, number>();
  const seen = new Set<string>();
  let inversions = 0;
  for (const { text } of stored) {
    const message = expected.get(text);
    if (message === undefined || seen.has(text)) continue;
    seen.add(text);
    const before = latest.get(message.conversation) ?? -1;
    if (message.number < before) inversions += 1;
    latest.set(message.conversation, Math.max(before, message.number));
  }
  return inversions;
}

function judgeEvents({ told: heard }: Receivers, told: Callers['told']) {
  let untoldEvents = 0;
  let doubledEvents = 0;
  const heardIds = new Map(
    [...heard].map(([slug, events]) => [
      slug,
      countBy(
        [...events.values()]
          .filter(({ type }) => type === 'chatbot.message.received')
          .map((event) => String(event.data.message.id)),
      ),
    ]),
  );
  for (const { tenant, divarMessageId } of told) {
    const times = heardIds.get(tenant.slug)?.get(divarMessageId) ?? 0;
    if (times === 0) untoldEvents += 1;
    if (times > 1) doubledEvents += 1;
  }
  return { untoldEvents, doubledEvents };
}

/** Every end of a message is told: sent, failed, or both of an unknown one. */
export function countUntoldEnds({ told }: Receivers, accepted: readonly Accepted[]): number {
  const ended = new Set(
    [...told.values()].flatMap((events) =>
      [...events.values()]
        .filter(({ type }) => type === 'message.sent' || type === 'message.failed')
        .map((event) => String(event.data.message?.id ?? event.data.message_id)),
    ),
  );
  return accepted.filter(({ id }) => !ended.has(id)).length;
}

/** Of each event and each endpoint of its app there is a delivery. */
async function countInvisible(world: World): Promise<number> {
  const [row] = await world.query<{ missing: number }>(
    `select count(*)::int as missing from events e join endpoints p on p.tenant_id = e.tenant_id and p.app_id = e.app_id
     left join deliveries d on d.tenant_id = e.tenant_id and d.event_id = e.id and d.endpoint_id = p.id
     where d.id is null and e.type <> 'endpoint.disabled' and e.created_at > p.created_at`,
  );
  return row?.missing ?? -1;
}

/** From a try whose process died to the next one. A lease lasts seven seconds here, because it is never shorter than a call and
 *  its margin; the app may have to wait for a second one, of a probe after a 429; PostgreSQL may have been away for three. */
const LATE_SECONDS = 7 + 15 + 7 + 3;

async function measureRecovery(world: World): Promise<{ late: number; longestSeconds: number }> {
  const [row] = await world.query<{ late: number; longest: number | null }>(
    `select count(*) filter (where r.seconds > ${LATE_SECONDS})::int as late, max(r.seconds)::float8 as longest from (
       select extract(epoch from n.created_at - a.created_at) as seconds from attempts a
       join attempts n on n.tenant_id = a.tenant_id and n.message_id = a.message_id and n.number = a.number + 1
       join messages m on m.tenant_id = a.tenant_id and m.id = a.message_id and m.on_unknown = 'retry'
       where a.code = 'process_died') r`,
  );
  return { late: row?.late ?? -1, longestSeconds: row?.longest ?? 0 };
}

function countBy(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

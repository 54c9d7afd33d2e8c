/**
 * The inbox: what Divar told, kept to the letter before it is answered, and read right after by a worker. So Divar waits for
 * one statement that many calls share, and whatever reading it takes or brings down, nothing acknowledged is lost.
 */
import { Problem } from '../errors.ts';
import type { Db, NewId, Seal, Signals, Tx } from '../ports.ts';
import { createBatch } from '../queue/batch.ts';
import type { App } from '../tenants/tenants.ts';

export const INBOX_TOPIC = 'inbox';

/** Bodies have up to 256 KiB each. */
const MAX_BATCH = 25;
/** Calls that wait for the database at once. */
const MAX_WAITING = 500;
/** A body that cannot be read is tried again after 5 s, 10 s, ... an hour: it stays until a release that can read it. */
const FIRST_WAIT_SECONDS = 5;
const MAX_WAIT_SECONDS = 3600;

/** Something Divar told, as it is handed in. */
interface Told {
  app: App;
  rawText: string;
  now: Date;
}

export interface KeptTold {
  id: string;
  position: number;
  receivedAt: Date;
  failureCount: number;
  sealedBody: string;
}

interface InboxRow {
  id: string;
  position: string | number;
  received_at: Date;
  failure_count: number;
  body: string;
}

export type Inbox = ReturnType<typeof createInbox>;

export function createInbox(deps: {
  db: Pick<Db, 'call'>;
  seal: Seal;
  newId: NewId;
  signals: Pick<Signals, 'publish'>;
}) {
  const { db, seal, newId } = deps;
  const associatedData = (tenantId: string, id: string) => `${tenantId}|event_inbox|body|${id}`;
  const rows = (tx: Tx) => tx.sql('event_inbox').where({ tenant_id: tx.tenantId });

  const toRow = ({ app: { tenantId, id: appId }, rawText, now }: Told, id: string) => ({
    tenant_id: tenantId,
    app_id: appId,
    id,
    body: seal.seal(rawText, associatedData(tenantId, id)),
    received_at: now.getTime(),
  });

  const put = createBatch<ReturnType<typeof toRow>>({
    maxCount: MAX_BATCH,
    write: async (batch) => {
      await db.call('keep_told', [JSON.stringify(batch)]);
      deps.signals.publish(INBOX_TOPIC);
    },
  });
  let waitingCount = 0;

  return {
    /** The id under which it is kept; committed when this resolves. Throws Problem `unavailable`. */
    keep: async (told: Told): Promise<string> => {
      if (waitingCount >= MAX_WAITING) throw new Problem('unavailable', { retryAfterSeconds: 1 });
      const id = newId('evt');
      waitingCount += 1;
      try {
        await put(toRow(told, id));
      } finally {
        waitingCount -= 1;
      }
      return id;
    },

    /** Where there is something to read. */
    findApps: async (maxCount: number): Promise<{ tenantId: string; appId: string }[]> => {
      const found = await db.call<{ tenant_id: string; app_id: string }>('apps_with_told', [maxCount]);
      return found.map(({ tenant_id: tenantId, app_id: appId }) => ({ tenantId, appId }));
    },

    /** The oldest of an app. One reader at a time: another gets none until this transaction ends, so that order holds. */
    take: async (tx: Tx, appId: string, maxCount: number): Promise<KeptTold[]> => {
      const name = `${tx.tenantId}/${appId}/inbox`;
      const lock = await tx.sql.raw<{ rows: { is_mine: boolean }[] }>(
        'select pg_try_advisory_xact_lock(hashtextextended(?, 0)) as is_mine',
        [name],
      );
      if (!lock.rows[0]?.is_mine) return [];
      const found: InboxRow[] = await rows(tx)
        .where({ app_id: appId })
        .where('due_at', '<=', tx.sql.fn.now())
        .orderBy('position')
        .limit(maxCount);
      return found.map((row) => ({
        id: row.id,
        position: Number(row.position),
        receivedAt: row.received_at,
        failureCount: row.failure_count,
        sealedBody: row.body,
      }));
    },

    /** Throws when it was not sealed by us. */
    open: (tx: Tx, { id, sealedBody }: KeptTold): string =>
      seal.open(sealedBody, associatedData(tx.tenantId, id)),

    /** What has been read. */
    forget: async (tx: Tx, appId: string, positions: readonly number[]): Promise<void> => {
      await rows(tx)
        .where({ app_id: appId })
        .whereIn('position', [...positions])
        .delete();
    },

    /** Sets aside what could not be read, so that the others go on. */
    setAside: async (tx: Tx, appId: string, { position, failureCount }: KeptTold): Promise<number> => {
      const waitSeconds = Math.min(FIRST_WAIT_SECONDS * 2 ** failureCount, MAX_WAIT_SECONDS);
      await rows(tx)
        .where({ app_id: appId, position })
        .update({
          failure_count: failureCount + 1,
          due_at: tx.sql.raw('now() + make_interval(secs => ?)', [waitSeconds]),
        });
      return waitSeconds;
    },
  };
}

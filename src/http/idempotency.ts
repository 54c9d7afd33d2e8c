/**
 * Idempotency-Key: the same POST twice happens once. Lock, look-up, the handler's writes and the kept reply are one
 * transaction: either all of it happened, and the reply is replayed, or none of it, and the next try is fresh.
 * A thrown `Problem` rolls back and keeps nothing. @see CONTRACT section 5
 */
import { Problem } from '../errors.ts';
import type { Db, Seal, Tx } from '../ports.ts';
import { sha256Base64url } from './digest.ts';

/** CONTRACT section 5: 7 days. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
const PRINTABLE_ASCII = /^[\x20-\x7e]{1,255}$/;

export interface KeptReply {
  status: number;
  body: unknown;
  headers: Record<string, string>;
}

type Work = (tx: Tx) => Promise<KeptReply>;

export interface IdempotentRequest {
  tenantId: string;
  appId: string;
  key: string;
  method: string;
  /** Path and query. */
  address: string;
  body: string;
  now: Date;
}

/** Undefined when there is none. Throws `invalid_request`. */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || PRINTABLE_ASCII.test(header)) return header;
  const issue = {
    path: 'header.idempotency-key',
    code: 'invalid_format',
    message: '1 to 255 printable ASCII characters',
  };
  throw new Problem('invalid_request', { issues: [issue] });
}

interface Row {
  tenant_id: string;
  app_id: string;
  key_hash: string;
  request_hash: string;
  status: number;
  reply: string;
  created_at: Date;
}

export type Idempotently = ReturnType<typeof createIdempotently>;

export function createIdempotently({ db, seal }: { db: Pick<Db, 'tenant'>; seal: Seal }) {
  /** Of this process. The lock in the database decides; this only keeps a client that retries in a hurry off the pool. */
  const inFlight = new Set<string>();

  const perform = async (tx: Tx, keyHash: string, request: IdempotentRequest, fresh: Work) => {
    const { tenantId, appId, now } = request;
    const requestHash = sha256Base64url(`${request.method} ${request.address}\n${request.body}`);
    const associatedData = `${tenantId}|idempotency_keys|reply|${appId}/${keyHash}`;
    const row = await findRow(tx, appId, keyHash);
    if (row !== undefined && now.getTime() - row.created_at.getTime() < KEPT_MS) {
      if (row.request_hash !== requestHash) throw new Problem('idempotency_mismatch');
      const kept = JSON.parse(seal.open(row.reply, associatedData)) as Pick<KeptReply, 'body' | 'headers'>;
      return { reply: { status: row.status, ...kept }, isReplayed: true };
    }
    const reply = await fresh(tx);
    const kept = JSON.stringify({ body: reply.body, headers: reply.headers });
    await saveRow(tx, {
      tenant_id: tenantId,
      app_id: appId,
      key_hash: keyHash,
      request_hash: requestHash,
      status: reply.status,
      reply: seal.seal(kept, associatedData),
      created_at: now,
    });
    return { reply, isReplayed: false };
  };

  const findKept = async (tx: Tx, keyHash: string, request: IdempotentRequest) => {
    const row = await findRow(tx, request.appId, keyHash);
    return row !== undefined && request.now.getTime() - row.created_at.getTime() < KEPT_MS;
  };

  /** Runs `fresh` for the first, answers the kept reply to the next. `prepare` runs before, without a transaction, unless
   *  a reply is kept already. Throws `idempotency_in_flight`, `idempotency_mismatch`. */
  return async (
    request: IdempotentRequest,
    fresh: Work,
    prepare?: () => Promise<void>,
  ): Promise<{ reply: KeptReply; isReplayed: boolean }> => {
    const keyHash = sha256Base64url(request.key);
    const name = `${request.tenantId}|${request.appId}|${keyHash}`;
    if (inFlight.has(name)) throw inFlightProblem();
    inFlight.add(name);
    try {
      if (prepare && !(await db.tenant(request.tenantId, (tx) => findKept(tx, keyHash, request))))
        await prepare();
      return await db.tenant(request.tenantId, async (tx) => {
        await lock(tx, name);
        return perform(tx, keyHash, request, fresh);
      });
    } finally {
      inFlight.delete(name);
    }
  };
}

/** A statement of its own, after the lock: its snapshot is newer, so it sees what the last holder committed. */
function findRow(tx: Tx, appId: string, keyHash: string): Promise<Row | undefined> {
  return tx
    .sql<Row>('idempotency_keys')
    .where({ tenant_id: tx.tenantId, app_id: appId, key_hash: keyHash })
    .first();
}

/** In the place of one that has expired, if there is one. */
async function saveRow(tx: Tx, row: Row): Promise<void> {
  await tx.sql<Row>('idempotency_keys').insert(row).onConflict(['tenant_id', 'app_id', 'key_hash']).merge();
}

/** Held until the transaction ends. Two keys whose hashes collide in 64 bits only see each other as in flight. */
async function lock(tx: Tx, name: string): Promise<void> {
  const { rows } = await tx.sql.raw<{ rows: { locked: boolean }[] }>(
    'select pg_try_advisory_xact_lock(hashtextextended(?, 0)) as locked',
    [name],
  );
  if (rows[0]?.locked !== true) throw inFlightProblem();
}

function inFlightProblem(): Problem {
  return new Problem('idempotency_in_flight', { retryAfterSeconds: 1 });
}

/**
 * Idempotency-Key: the same POST twice happens once. Lock, look-up, the handler's writes and the kept reply are one
 * transaction: either all of it happened, and the reply is replayed, or none of it, and the next try is fresh.
 * A thrown `Problem` rolls back and keeps nothing. @see CONTRACT section 5
 */
import { Problem } from '../errors.ts';
import type { Seal, Tx } from '../ports.ts';
import { sha256Base64url } from './digest.ts';

/** CONTRACT section 5: 7 days. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
const PRINTABLE_ASCII = /^[\x20-\x7e]{1,255}$/;

export interface KeptReply {
  status: number;
  body: unknown;
  headers: Record<string, string>;
}

export interface IdempotentRequest {
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

export function createIdempotency({ seal }: { seal: Seal }) {
  /** Runs `fresh` for the first, answers the kept reply to the next. Throws `idempotency_in_flight`, `idempotency_mismatch`. */
  return async (
    tx: Tx,
    request: IdempotentRequest,
    fresh: () => Promise<KeptReply>,
  ): Promise<{ reply: KeptReply; isReplayed: boolean }> => {
    const { appId, now } = request;
    const keyHash = sha256Base64url(request.key);
    const requestHash = sha256Base64url(`${request.method} ${request.address}\n${request.body}`);
    const associatedData = `${tx.tenantId}|idempotency_keys|reply|${appId}/${keyHash}`;

    await lock(tx, `${tx.tenantId}|${appId}|${keyHash}`);
    // A statement of its own: its snapshot is newer than the lock, so it sees what the last holder committed.
    const row = await tx
      .sql<Row>('idempotency_keys')
      .where({ tenant_id: tx.tenantId, app_id: appId, key_hash: keyHash })
      .first('request_hash', 'status', 'reply', 'created_at');
    if (row !== undefined && now.getTime() - row.created_at.getTime() < KEPT_MS) {
      if (row.request_hash !== requestHash) throw new Problem('idempotency_mismatch');
      const kept = JSON.parse(seal.open(row.reply, associatedData)) as Pick<KeptReply, 'body' | 'headers'>;
      return { reply: { status: row.status, body: kept.body, headers: kept.headers }, isReplayed: true };
    }

    const reply = await fresh();
    const kept = seal.seal(
      JSON.stringify({ body: reply.body ?? null, headers: reply.headers }),
      associatedData,
    );
    await tx
      .sql<Row>('idempotency_keys')
      .insert({
        tenant_id: tx.tenantId,
        app_id: appId,
        key_hash: keyHash,
        request_hash: requestHash,
        status: reply.status,
        reply: kept,
        created_at: now,
      })
      .onConflict(['tenant_id', 'app_id', 'key_hash'])
      .merge();
    return { reply, isReplayed: false };
  };
}

/** Held until the transaction ends. Two keys whose hashes collide in 64 bits only see each other as in flight. */
async function lock(tx: Tx, name: string): Promise<void> {
  const { rows } = await tx.sql.raw<{ rows: { locked: boolean }[] }>(
    'select pg_try_advisory_xact_lock(hashtextextended(?, 0)) as locked',
    [name],
  );
  if (rows[0]?.locked !== true) throw new Problem('idempotency_in_flight', { retryAfterSeconds: 1 });
}

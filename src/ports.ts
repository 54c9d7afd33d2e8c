/** The outside world as types. Rooms and kits take these by value; only `platform/` implements them. */
import type { Knex } from 'knex';

/** Wall clock. Instants inside the product are `Date`s; numbers carry their unit in the name. */
export interface Clock {
  now(): Date;
}

/** Cryptographically strong bytes. */
export type RandomBytes = (byteCount: number) => Buffer;

export type IdPrefix =
  | 'ten'
  | 'app'
  | 'mem'
  | 'inv'
  | 'ses'
  | 'grt'
  | 'sub'
  | 'cnv'
  | 'msg'
  | 'med'
  | 'evt'
  | 'end'
  | 'dlv'
  | 'att'
  | 'key'
  | 'job'
  | 'aud'
  | 'req';

/** `<prefix>_` + 26 lower-case Crockford base32 characters: 48 bits of milliseconds, 82 random bits. */
export type NewId = (prefix: IdPrefix) => string;

/** A transaction that sees one tenant's rows and no other's: role `peyvand_app`, `app.tenant_id` set, both local. */
export interface Tx {
  readonly tenantId: string;
  readonly sql: Knex.Transaction;
}

export interface Db {
  /** Runs `run` in one transaction of `tenantId`; commits when it resolves, rolls back when it throws. */
  tenant<T>(tenantId: string, run: (tx: Tx) => Promise<T>): Promise<T>;
  /** Calls one SECURITY DEFINER function of the allow-list (`migrations/`), the only way across tenants.
   *  `call('claim_conversations', [50, 30, 'x'])` is `select * from claim_conversations(?, ?, ?)`. */
  call<Row>(fn: string, args: readonly unknown[]): Promise<Row[]>;
  /** As `call`, on the pool that only the init path uses, so that nobody else can starve it. */
  intake<Row>(fn: string, args: readonly unknown[]): Promise<Row[]>;
  /** Resolves when PostgreSQL answers; rejects otherwise, within two seconds. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Secrets at rest: AES-256-GCM, key id inside, associated data `tenant|table|column|row`. */
export interface Seal {
  seal(plain: string, associatedData: string): string;
  /** Throws when the text was not sealed by one of our keys for exactly this associated data. */
  open(sealed: string, associatedData: string): string;
  /** False when the text is sealed by an older key: `keys rewrap` seals it again. */
  isCurrent(sealed: string): boolean;
}

/** Keyed digest of a personal value, for look-ups on what is stored sealed. Stable through key rotation. */
export type BlindIndex = (value: string) => string;

/** How far an outgoing call got before it failed; decides whether it may be tried again. */
export type CallStage = 'before_send' | 'ambiguous';

export interface CallRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Whole exchange, body included. */
  timeoutMs: number;
  /** Reading stops here and the call fails. Default 1 MiB. */
  maxBytes?: number;
}

export interface CallReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  durationMs: number;
  /** Of calls to addresses that tenants have given. */
  timings?: CallTimings;
}

/** Milliseconds of each part of a call; null: a connection that stood already, or plain http. */
export interface CallTimings {
  dns: number | null;
  connect: number | null;
  tls: number | null;
  /** From the request until the answer begins. */
  firstByte: number | null;
}

/** One HTTP exchange, redirects never followed, never decompressed. Rejects with `CallError` only. */
export type Call = (request: CallRequest) => Promise<CallReply>;

/** Why an outgoing call has no complete answer. `code`: dns, connect, tls, timeout, reset, too_large, not_allowed. */
export class CallError extends Error {
  readonly stage: CallStage;
  readonly code: string;
  constructor(stage: CallStage, code: string, options?: { cause?: unknown }) {
    super(`call failed ${stage}: ${code}`, options);
    this.name = 'CallError';
    this.stage = stage;
    this.code = code;
  }
}

/** Wake-ups between processes (Redis) or inside one (memory). A lost signal only costs a poll interval. */
export interface Signals {
  publish(topic: string, payload?: string): void;
  subscribe(topic: string, listener: (payload: string) => void): () => void;
  close(): Promise<void>;
}

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

/** Hands one mail over. Rejects when it was not taken, within a deadline of its own. */
export type SendMail = (mail: Mail) => Promise<void>;

/** Mails that were kept instead of sent, newest first. */
export interface Mailbox {
  list(): readonly { readonly mail: Mail; readonly at: Date }[];
}

/** One wide JSON line per unit of work: units in the keys, no secret and no personal data in the values. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

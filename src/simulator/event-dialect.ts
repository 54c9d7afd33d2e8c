import { z } from 'zod';
import type { Generation } from './world.ts';

/** How Divar words an event: every point on which its documents and what was captured disagree (PROTOCOL.md 5, 7). */
export const EventDialect = z.strictObject({
  sent_at: z
    .enum(['micros', 'micros_text', 'millis', 'seconds', 'seconds_text', 'nanos_text', 'rfc3339', 'none'])
    .optional(),
  /** How 64-bit numbers are written. */
  int64: z.enum(['number', 'text']).optional(),
  human: z.enum(['HUMAN', 'USER']).optional(),
  metadata_key: z.enum(['metadata', 'meta_data']).optional(),
  /** Of a chatbot message. */
  text_key: z.enum(['text', 'message_text']).optional(),
  /** Of a v1 notification: as captured, or as the seed writes it. */
  people: z.enum(['sender', 'from']).optional(),
  payment_key: z.enum(['payment_transaction', 'transaction']).optional(),
  enums: z.enum(['name', 'number']).optional(),
  unknown_fields: z.boolean().optional(),
  key: z.enum(['raw', 'bearer', 'wrong', 'missing', 'empty']).optional(),
  /** Waits before an event that was not answered 200 is told again; then it is lost. */
  retry_ms: z.array(z.int().min(0).max(600_000)).max(20).optional(),
});
export type EventDialect = z.infer<typeof EventDialect>;

type SentAt = NonNullable<EventDialect['sent_at']>;

const SENT_AT: Record<SentAt, (ms: number) => unknown> = {
  micros: (ms) => ms * 1000,
  micros_text: (ms) => String(ms * 1000),
  millis: (ms) => ms,
  seconds: (ms) => Math.floor(ms / 1000),
  seconds_text: (ms) => String(Math.floor(ms / 1000)),
  nanos_text: (ms) => `${ms}000000`,
  rfc3339: (ms) => new Date(ms).toISOString().replace('Z', '000Z'),
  none: () => undefined,
};

export const spellSentAt = (ms: number, generation: Generation, { sent_at }: EventDialect): unknown =>
  SENT_AT[sent_at ?? (generation === 'v2' ? 'micros' : 'micros_text')](ms);

export const spellInt64 = (value: number, { int64 }: EventDialect): unknown =>
  int64 === 'text' ? String(value) : value;

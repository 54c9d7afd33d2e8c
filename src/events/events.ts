/** Something that happened, as it is told to the tenant: by webhook, by page, by stream, always the same. @see CONTRACT 5 */
import { z } from 'zod';
import type { JsonObject } from './fields.ts';
import { parseRaw } from './raw.ts';

/** Signals topic: an event was committed; the payload is the app's id. */
export const EVENTS_TOPIC = 'events';

export const EVENT_TYPES = [
  'session.created',
  'session.landed',
  'session.completed',
  'session.denied',
  'message.sent',
  'message.failed',
  'message.unknown',
  'chat.message.received',
  'chatbot.message.received',
  'chatbot.started',
  'button.clicked',
  'grant.created',
  'grant.expiring',
  'grant.broken',
  'grant.recovered',
  'grant.revoked',
  'subscription.lost',
  'subscription.renewed',
  'post.updated',
  'payment.updated',
  'endpoint.disabled',
  'quota.warning',
  'divar.unknown',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface NewEvent {
  type: EventType;
  appId: string;
  /** Ours (`cnv_`). */
  conversationId?: string | null;
  simulated: boolean;
  data: JsonObject;
  /** The body of Divar's that told it; becomes `data.raw`. */
  rawText?: string;
  /** Stands for Divar's id of the chat message that it tells. */
  divarKey?: string | null;
  now: Date;
}

/** An event whose id follows from what it tells: announced again, it is still told once. */
export interface NamedEvent extends NewEvent {
  id: string;
}

export interface StoredEvent {
  tenantId: string;
  id: string;
  appId: string;
  type: EventType;
  conversationId: string | null;
  position: number;
  sequence: number | null;
  simulated: boolean;
  /** Null once erased. */
  payload: EventPayload | null;
  createdAt: Date;
}

/** What is sealed of an event. */
export interface EventPayload {
  data: JsonObject;
  rawText: string | null;
}

export const EventView = z
  .object({
    id: z.string(),
    type: z.enum(EVENT_TYPES),
    created_at: z.iso.datetime(),
    app_id: z.string(),
    sequence: z.int().nullable(),
    conversation_id: z.string().nullable(),
    replay_of: z.string().nullable(),
    simulated: z.boolean(),
    /** Null once its time is over. */
    data: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'Event' });
export type EventView = z.infer<typeof EventView>;

/** `replayOf`: the job of a replay that tells it again. */
export function presentEvent(event: StoredEvent, replayOf: string | null = null): EventView {
  const { payload } = event;
  const raw = payload?.rawText == null ? {} : { raw: parseRaw(payload.rawText) };
  return {
    id: event.id,
    type: event.type,
    created_at: event.createdAt.toISOString(),
    app_id: event.appId,
    sequence: event.sequence,
    conversation_id: event.conversationId,
    replay_of: replayOf,
    simulated: event.simulated,
    data: payload && { ...payload.data, ...raw },
  };
}

/** `*`, a type, or a family of types: `message.*`. */
export const EventFilter = z
  .string()
  .refine((filter) => isEventFilter(filter), 'An event type, a family such as message.*, or *');

function isEventFilter(filter: string): boolean {
  return filter === '*' || EVENT_TYPES.some((type) => matches(filter, type));
}

export function matchesFilters(filters: readonly string[], type: EventType): boolean {
  return filters.some((filter) => matches(filter, type));
}

function matches(filter: string, type: EventType): boolean {
  if (filter === '*' || filter === type) return true;
  return filter.endsWith('.*') && type.startsWith(filter.slice(0, -1));
}

/** Digest of what was told by reading the chat: whatever Divar tells of it later is the same thing. */
export const RECOVERED = 'recovered';

/** One text for one content, whatever the order of its keys. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalText(member)}`).join(',')}}`;
}

/**
 * What stands for one thing that Divar tells, for seven days. Divar's own id where there is one, else the body within one
 * minute: the same body in another minute is told again, because nothing proves that it is the same thing.
 */
export function dedupeKeyText(
  read: { type: EventType; divarKey: string | null },
  { appId, rawText, now }: { appId: string; rawText: string; now: Date },
): string {
  return read.divarKey === null
    ? `event|${appId}|${read.type}|body|${Math.floor(now.getTime() / 60_000)}|${rawText}`
    : `event|${appId}|${read.type}|id|${read.divarKey}`;
}

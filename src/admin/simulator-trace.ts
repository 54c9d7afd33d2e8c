/** The trace: what the simulator has seen between Divar, the gateway and browsers, and what the gateway knows of the rest. */
import { z } from 'zod';
import type { Hop } from './simulator-desk.ts';
import type { LandingStep, MessageStep, Steps, WebhookStep } from './simulator-store.ts';

export const TraceHop = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  /** Null where nothing was waited for. */
  ms: z.number().nullable(),
  kind: z.string(),
  /** Who speaks. */
  from: z.enum(['divar', 'gateway', 'person']),
  /** The person, where it is one. */
  as: z.string().nullable(),
  /** 0: no answer; null: not a call. */
  status: z.int().nullable(),
  outcome: z.enum(['ok', 'warned', 'failed', 'waiting']),
  fault: z.string().nullable(),
  problems: z.array(z.string()),
  /** Our own word for where it stands: a state, a code, the type of an event. */
  detail: z.string().nullable(),
  /** Divar's ids. */
  conversation: z.string().nullable(),
  message: z.string().nullable(),
  /** All that is known of it, as JSON text. */
  raw: z.string(),
});
export type TraceHop = z.infer<typeof TraceHop>;

const SHOWN_HOPS = 150;
/** Characters: enough for any body of ours, too little to make a page heavy. */
const RAW_LENGTH = 8000;
const SPEAKERS = { out: 'divar', in: 'gateway', browser: 'person' } as const;

/** Oldest first. */
export function buildTrace(
  { hops, offset_ms: offsetMs }: { hops: readonly Hop[]; offset_ms: number },
  { landings, messages, webhooks }: Omit<Steps, 'endpointCount'>,
): TraceHop[] {
  const all = [
    // The simulator's own receiver answers calls that stand here already, as ours.
    ...hops.filter(({ kind }) => kind !== 'webhook').map((hop) => ofSimulator(hop, offsetMs)),
    ...landings.flatMap(ofLanding),
    ...messages.map(ofMessage),
    ...webhooks.map(ofWebhook),
  ];
  return all.sort((left, right) => Date.parse(left.at) - Date.parse(right.at)).slice(-SHOWN_HOPS);
}

const EMPTY: Omit<TraceHop, 'id' | 'at' | 'kind' | 'outcome' | 'raw'> = {
  ms: null,
  from: 'gateway',
  as: null,
  status: null,
  fault: null,
  problems: [],
  detail: null,
  conversation: null,
  message: null,
};

function ofSimulator(hop: Hop, offsetMs: number): TraceHop {
  const { seq, at, ms, direction, kind, method, path, status, request, reply } = hop;
  const isBad = kind !== 'chat' && (status === 0 || status >= 400);
  return {
    ...EMPTY,
    id: `sim-${seq}`,
    at: new Date(Date.parse(at) - offsetMs).toISOString(),
    ms: kind === 'chat' ? null : ms,
    kind,
    from: SPEAKERS[direction],
    as: hop.as ?? null,
    status: kind === 'chat' ? null : status,
    outcome: isBad ? 'failed' : hop.problems.length > 0 ? 'warned' : 'ok',
    fault: hop.fault ?? null,
    problems: [...hop.problems],
    conversation: hop.conversation ?? null,
    message: hop.message ?? messageIdOf(request),
    raw: rawOf({ method, path, request, reply }),
  };
}

/** An event names the message that it tells of. */
function messageIdOf(request: unknown): string | null {
  const { body } = Object(request) as { body?: unknown };
  const { new_message: post, new_chatbot_message: bot } = Object(body) as Record<string, unknown>;
  const { id } = Object(post ?? bot) as { id?: unknown };
  return typeof id === 'string' ? id : null;
}

/** Whoever was let in and has not fetched the visit yet is waited for. */
function ofLanding({
  id,
  state,
  consent,
  opened_at: openedAt,
  landed_at: landedAt,
}: LandingStep): TraceHop[] {
  if (landedAt === null && state !== 'opened') return [];
  return [
    {
      ...EMPTY,
      id: `landing-${id}`,
      at: (landedAt ?? openedAt).toISOString(),
      kind: 'landing',
      outcome: landedAt === null ? 'waiting' : 'ok',
      detail: consent === 'none' ? state : consent,
      raw: rawOf({ session_id: id, state, consent, opened_at: openedAt, landed_at: landedAt }),
    },
  ];
}

const WAITING = new Set(['queued', 'held', 'sending']);

function ofMessage({ id, state, code, state_at: at, attempt_count: attempts }: MessageStep): TraceHop {
  return {
    ...EMPTY,
    id: `message-${id}`,
    at: at.toISOString(),
    kind: 'message',
    outcome: WAITING.has(state) ? 'waiting' : state === 'unknown' ? 'warned' : 'failed',
    detail: state,
    problems: code === null ? [] : [code],
    raw: rawOf({ message_id: id, state, code, attempts }),
  };
}

function ofWebhook(step: WebhookStep): TraceHop {
  const { id, created_at: at, status, outcome, code, duration_ms: ms, event_type: type } = step;
  return {
    ...EMPTY,
    id: `webhook-${id}`,
    at: at.toISOString(),
    ms,
    kind: 'webhook',
    status: status ?? 0,
    outcome: outcome === 'delivered' ? 'ok' : 'failed',
    detail: type,
    problems: code === null ? [] : [code],
    raw: rawOf({
      ...{ event_id: step.event_id, event_type: type, delivery_id: step.delivery_id },
      ...{ endpoint_id: step.endpoint_id, attempt: step.number, status, outcome, code },
    }),
  };
}

function rawOf(value: object): string {
  const text = JSON.stringify(value, null, 2);
  return text.length > RAW_LENGTH ? `${text.slice(0, RAW_LENGTH)}…` : text;
}

/** The desk of one sandbox app in the simulator: what it shows, and the calls that reach it. Over HTTP, as everybody does. */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { type Call, CallError } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';

const Side = z.enum(['seller', 'buyer']);

const ChatMessage = z.object({
  /** Divar's id. */
  id: z.string(),
  sent_at: z.iso.datetime(),
  side: Side,
  sender: z.enum(['human', 'app']),
  /** Of the add-on that sent it. */
  display: z.string().nullable(),
  text: z.string(),
  media_type: z.string().nullable(),
  place: z.object({ latitude: z.number(), longitude: z.number() }).nullable(),
  contact: z.object({ name: z.string(), phone: z.string() }).nullable(),
  /** Those that this side sees. */
  buttons: z.array(
    z.array(
      z.object({
        caption: z.string(),
        icon: z.string().optional(),
        /** Which of Divar's actions it is. */
        action: z.union([
          z.string(),
          z.record(z.string(), z.unknown()).transform((action) => Object.keys(action)[0] ?? ''),
        ]),
      }),
    ),
  ),
});

const DeskChat = z.object({
  conversation: z.string(),
  type: z.enum(['POST', 'BOT']),
  /** Of a chat with a bot. */
  person: Side.nullable(),
  post: z.object({ token: z.string(), title: z.string(), price_toman: z.number() }).nullable(),
  blocked: z.boolean(),
  sides: z.object({ seller: z.array(ChatMessage), buyer: z.array(ChatMessage) }),
});

const Words = z.record(z.string(), z.unknown());

/** A request between Divar, the gateway and a browser. @see docs/simulator.md, A hop */
const Hop = z.object({
  seq: z.int(),
  at: z.iso.datetime(),
  ms: z.number(),
  direction: z.enum(['out', 'in', 'browser']),
  kind: z.string(),
  method: z.string(),
  path: z.string(),
  status: z.int(),
  as: z.string().optional(),
  conversation: z.string().optional(),
  message: z.string().optional(),
  fault: z.string().optional(),
  problems: z.array(z.string()),
  request: z.unknown().optional(),
  reply: z.unknown().optional(),
});
export type Hop = z.infer<typeof Hop>;

/** What the panel shows as it is. */
export const DeskView = z.object({
  people: z.object({ seller: z.string(), buyer: z.string() }),
  app: z.object({
    display: z.string(),
    subtitle: z.string(),
    description: z.string(),
    generation: z.string(),
    takes_actions: z.boolean(),
  }),
  chats: z.array(DeskChat),
  grants: z.array(
    z.object({
      user: z.string(),
      scopes: z.array(z.string()),
      revoked: z.boolean(),
      access_expires_at: z.iso.datetime().nullable(),
      refreshable: z.boolean(),
    }),
  ),
  dialect: Words,
  event_dialect: Words,
  /** A webhook endpoint that the simulator keeps for this app. */
  receiver_url: z.url(),
});

export const Desk = DeskView.extend({
  faults: z.array(z.object({ name: z.string().optional() })),
  hops: z.array(Hop),
  /** How far the simulated clock is ahead. */
  offset_ms: z.number(),
});
export type Desk = z.infer<typeof Desk>;

/** Why there is no desk. `preparing`: the worker tells the simulator of a new app within a second. */
type DeskTrouble = 'down' | 'preparing' | 'slug_taken';

export class DeskError extends Problem {
  readonly trouble: DeskTrouble;
  constructor(trouble: DeskTrouble, cause?: unknown) {
    super(trouble === 'slug_taken' ? 'conflict' : 'unavailable', {
      detail: `The simulator: ${trouble}`,
      extra: { params: { simulator: trouble } },
      ...(cause === undefined ? {} : { cause }),
    });
    this.trouble = trouble;
  }
}

/** A tap waits for the add-on, which Divar gives two seconds. */
const TIMEOUT_MS = 8000;
/** Twenty chats of two hundred messages, and the hops. */
const MAX_BYTES = 16 * 1024 * 1024;

export type DeskClient = ReturnType<typeof createDeskClient>;

export function createDeskClient({ call, simulatorUrl }: { call: Call; simulatorUrl: string | undefined }) {
  const ask = async (
    app: App,
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: unknown,
  ): Promise<unknown> => {
    if (simulatorUrl === undefined) throw new DeskError('down');
    const url = `${simulatorUrl}/__desks/${encodeURIComponent(app.slug)}${path}?owner=${app.id}`;
    try {
      const reply = await call({
        ...{ method, url, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES },
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return judge(reply.status, JSON.parse(reply.body.toString('utf8')));
    } catch (cause) {
      if (cause instanceof CallError || cause instanceof SyntaxError) throw new DeskError('down', cause);
      throw cause;
    }
  };
  return {
    read: async (app: App): Promise<Desk> => {
      const parsed = Desk.safeParse(await ask(app, 'GET', ''));
      if (!parsed.success) throw new DeskError('down', parsed.error);
      return parsed.data;
    },
    post: (app: App, path: string, body: unknown) => ask(app, 'POST', path, body),
    put: (app: App, path: string, body: unknown) => ask(app, 'PUT', path, body),
  };
}

function judge(status: number, body: unknown): unknown {
  if (status < 300) return body;
  const { error, issues } = Object(body) as { error?: string; issues?: { path: string; message: string }[] };
  if (status === 403 && error === 'the slug belongs to another owner') throw new DeskError('slug_taken');
  if (status === 404 && error === 'the app is not registered') throw new DeskError('preparing');
  if (status === 404) throw new Problem('not_found');
  if (status >= 500) throw new DeskError('down', new Error(`the simulator answered ${status}`));
  throw new Problem('invalid_request', {
    detail: error ?? 'The simulator does not take this',
    issues: (issues ?? []).map(({ path, message }) => ({ path: `body.${path}`, code: 'refused', message })),
  });
}

/** What went wrong with Divar's simulated answer to a tap. */
export const TapView = z.object({
  ok: z.boolean(),
  problems: z.array(z.object({ code: z.string(), message: z.string() })),
  status: z.int(),
  text_message: z.string().nullable(),
  /** Opens the page of the add-on in a window of its own; null when there is none. */
  open_url: z.url().nullable(),
});

const TapResult = z.object({
  ok: z.boolean(),
  problems: z.array(z.object({ code: z.string(), message: z.string() })),
  status: z.int(),
  open: z.string().nullable(),
  text_message: z.string().nullable(),
});

export function presentTap(result: unknown, simulatorUrl: string): z.infer<typeof TapView> {
  const { open, ...rest } = TapResult.parse(result);
  return { ...rest, open_url: open === null ? null : simulatorUrl + open };
}

/** A send of Divar's API through us: a message like any other, in the line of its conversation, whose outcome is waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Grant } from '../consent/consent.ts';
import { Problem } from '../errors.ts';
import { EVENTS_TOPIC } from '../events/events.ts';
import { parseJsonObject } from '../http/json.ts';
import type { ProxyReply, ProxyRequest } from '../http/route.ts';
import type { NewMedia } from '../media/media.ts';
import type { AcceptMessage } from '../messages/accept.ts';
import type { ConversationStore } from '../messages/conversation-store.ts';
import type { Message } from '../messages/messages.ts';
import type { MessageStore } from '../messages/store.ts';
import type { Clock, Db, NewId, Signals, Tx } from '../ports.ts';
import { consentRequired, type FindGrant } from './lend.ts';
import type { Operation, SendKind } from './operations.ts';
import { mediaTokenOf, readSend } from './send-body.ts';
import { replyOf, type SpokenReply, unknownOutcome } from './send-reply.ts';

export interface ProxySendDeps {
  db: Pick<Db, 'tenant'>;
  findGrant: FindGrant;
  acceptMessage: AcceptMessage;
  messages: Pick<MessageStore, 'load'>;
  conversations: Pick<ConversationStore, 'find'>;
  media: { insert(tx: Tx, media: NewMedia): Promise<unknown> };
  signals: Pick<Signals, 'subscribe'>;
  newId: NewId;
  clock: Clock;
  timeoutMs: number;
}

const JSON_LIMITS = { depth: 64, keyCount: 10_000 };
/** An outcome is an event, and rings; this is what a lost ring costs. */
const LOOK_EVERY_MS = 250;

type SendOperation = Operation & { send: SendKind };

export function createProxySend(deps: ProxySendDeps) {
  const { db, clock } = deps;

  const accept = async (tx: Tx, request: ProxyRequest, operation: SendOperation, body: Fields) => {
    const { app, now, onBehalfOf } = request;
    const grant = await deps.findGrant(tx, { app, onBehalfOf, operation, now });
    if (operation.send === 'conversation' && !grant) throw consentRequired(operation);
    const id = operation.params.conversation_id ?? operation.params.user_id ?? '';
    if (operation.send === 'bot_user') requireOwner(grant, id);
    const mediaId = await keepMedia(tx, request, mediaTokenOf(body));
    const message = readSend(body, { kind: operation.send, id, grantId: grant?.id }, mediaId);
    return await deps.acceptMessage(tx, { app, message, now });
  };

  /** Divar's token is all that is known of it: what it is, the sender has told Divar. */
  const keepMedia = async (tx: Tx, { app, now }: ProxyRequest, token: string | undefined) => {
    if (token === undefined) return undefined;
    const id = deps.newId('med');
    const facts = { kind: 'file', format: '', sizeBytes: 0 } as const;
    await deps.media.insert(tx, { id, appId: app.id, ...facts, token, createdAt: now });
    return id;
  };

  const look = async (tx: Tx, { appId, id, conversationId }: Message, kind: SendKind) => {
    const message = await deps.messages.load(tx, appId, id);
    const conversation =
      kind === 'conversation' ? undefined : await deps.conversations.find(tx, appId, conversationId);
    return { message, reply: replyOf(message, kind, conversation?.facts.divarId ?? null) };
  };

  const waitForOutcome = async (accepted: Message, kind: SendKind): Promise<SpokenReply> => {
    const bell = createBell(deps.signals, accepted.appId);
    const endsAt = clock.now().getTime() + deps.timeoutMs;
    try {
      for (;;) {
        bell.listen();
        const { message, reply } = await db.tenant(accepted.tenantId, (tx) => look(tx, accepted, kind));
        if (reply) return reply;
        if (clock.now().getTime() >= endsAt) throw unknownOutcome(message);
        await bell.wait(LOOK_EVERY_MS);
      }
    } finally {
      bell.close();
    }
  };

  return async (request: ProxyRequest, operation: SendOperation): Promise<ProxyReply> => {
    const body = parseJsonObject(request.body, JSON_LIMITS, 'refuse');
    const accepted = await db.tenant(request.app.tenantId, (tx) => accept(tx, request, operation, body));
    const { status, body: said } = await waitForOutcome(accepted, operation.send);
    const headers = { 'content-type': 'application/json', 'X-Peyvand-Message-Id': accepted.id };
    return { status, headers, body: Buffer.from(JSON.stringify(said)) };
  };
}

type Fields = Record<string, unknown>;

function requireOwner(grant: Grant | undefined, userId: string): void {
  const owner = grant?.facts.userId ?? null;
  if (owner !== null && owner !== userId)
    throw new Problem('forbidden', { detail: 'The grant is of another user' });
}

function createBell(signals: Pick<Signals, 'subscribe'>, appId: string) {
  let ring = new AbortController();
  const unsubscribe = signals.subscribe(EVENTS_TOPIC, (payload) => {
    if (payload === appId) ring.abort();
  });
  return {
    listen: () => {
      ring = new AbortController();
    },
    wait: (ms: number) => sleep(ms, undefined, { signal: ring.signal }).catch(() => undefined),
    close: unsubscribe,
  };
}

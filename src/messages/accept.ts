/** Takes a message in: checked, placed in its conversation's order and sealed, in the caller's transaction. */
import type { ConsentUrl } from '../consent/consent-url.ts';
import { Problem, type ProblemIssue } from '../errors.ts';
import type { NewId, RandomBytes, Signals, Tx } from '../ports.ts';
import { afterCommit } from '../queue/after-commit.ts';
import type { Session } from '../session/session.ts';
import type { SessionStore } from '../session/store.ts';
import type { App } from '../tenants/tenants.ts';
import { type createButtonReferences, makeReferences } from './buttons.ts';
import type { ChooseGrant, SendGrants } from './choose-grant.ts';
import type { ConversationStore } from './conversation-store.ts';
import {
  type Conversation,
  type ConversationName,
  nameOfBotUser,
  nameOfDivarId,
  nameOfVisit,
  sendScope,
} from './conversations.ts';
import { lintMessage } from './lint.ts';
import { CONSENT_RECHECK_SECONDS, MESSAGES_TOPIC, type Message, type MessageContent } from './messages.ts';
import type { CompletionMessage, MessageRequest } from './request.ts';
import { scheduleLast } from './schedule.ts';
import type { MessageStore } from './store.ts';

export interface AcceptMessageDeps {
  messages: Pick<MessageStore, 'insert'>;
  conversations: Pick<ConversationStore, 'open' | 'find' | 'lock' | 'takePosition'>;
  references: Pick<ReturnType<typeof createButtonReferences>, 'insert'>;
  media: { find(tx: Tx, appId: string, id: string): Promise<object | undefined> };
  sessions: Pick<SessionStore, 'find'>;
  grants: Pick<SendGrants, 'find'>;
  chooseGrant: ChooseGrant;
  /** Where the tenant may send the user for what is missing. */
  consentUrl: ConsentUrl;
  /** For addresses that are not https. */
  isAllowedUrl: (url: string) => boolean;
  newId: NewId;
  random: RandomBytes;
  signals: Pick<Signals, 'publish'>;
}

interface Acceptance {
  app: App;
  /** A `CompletionMessage` has its session beside it, and stands in the body as `message`. */
  message: MessageRequest | CompletionMessage;
  session?: Session;
  now: Date;
}

/** Throws `invalid_request`, `not_found`, `consent_required`; then the transaction must not commit. */
export type AcceptMessage = (tx: Tx, acceptance: Acceptance) => Promise<Message>;

interface Recipient {
  /** Stored already when the tenant named it by our id. */
  conversation: ConversationName | Conversation;
  session: Session | undefined;
  grantId: string | null;
  chatbot: MessageContent['chatbot'];
}

export function createAcceptMessage(deps: AcceptMessageDeps): AcceptMessage {
  const findRecipient = createFindRecipient(deps);

  /** Somebody else's is as unknown as one that never was. */
  const lintMedia = async (tx: Tx, app: App, id: string | null | undefined, at: string) =>
    id == null || app.generation === 'v1' || (await deps.media.find(tx, app.id, id))
      ? []
      : [{ path: `${at}.media_id`, code: 'unknown_media', message: 'There is no such media' }];

  const requireGrant = async (tx: Tx, { app, now }: Acceptance, request: MessageRequest, to: Recipient) => {
    const wish = { app, conversation: to.conversation, session: to.session, grantId: to.grantId, now };
    const grant = await deps.chooseGrant(tx, wish);
    if (grant !== undefined || request.on_missing_consent === 'hold') return grant;
    const scopes = [sendScope(to.conversation)].filter((scope) => scope !== undefined);
    const consentUrl = to.session ? deps.consentUrl(to.session, scopes) : null;
    throw new Problem('consent_required', { extra: { consent_url: consentUrl } });
  };

  return async (tx, acceptance) => {
    const { app, now } = acceptance;
    const request: MessageRequest = acceptance.message;
    const at = acceptance.session ? 'body.message' : 'body';
    const issues = [
      ...lintMessage(request, { app, isAllowedUrl: deps.isAllowedUrl, now }, at),
      ...(await lintMedia(tx, app, request.media_id, at)),
    ];
    if (issues.length > 0) throw new Problem('invalid_request', { issues });

    const to = await findRecipient(tx, acceptance, request);
    const conversation = await lockConversation(tx, deps, acceptance, to.conversation);
    const grant = await requireGrant(tx, acceptance, request, { ...to, conversation });

    const id = deps.newId('msg');
    const grids = { sender: request.sender_buttons, receiver: request.receiver_buttons };
    const references = makeReferences(grids, deps.random);
    const message = await deps.messages.insert(tx, {
      id,
      appId: app.id,
      conversationId: conversation.id,
      position: await deps.conversations.takePosition(tx, conversation.id),
      sessionId: to.session?.id ?? null,
      grantId: typeof grant === 'object' ? grant.id : null,
      ...(grant === undefined
        ? { state: 'held', code: 'consent_required', waitSeconds: CONSENT_RECHECK_SECONDS }
        : { state: 'queued', code: null, waitSeconds: 0 }),
      lane: request.lane,
      onUnknown: request.on_unknown,
      onMissingConsent: request.on_missing_consent,
      content: toContent(request, to, references),
      createdAt: now,
      expiresAt: request.expires_at ? new Date(request.expires_at) : null,
    });
    await deps.references.insert(tx, { appId: app.id, messageId: id, references, now });
    await scheduleLast(tx, conversation.id);
    afterCommit(tx, () => deps.signals.publish(MESSAGES_TOPIC));
    return message;
  };
}

function toContent(
  request: MessageRequest,
  to: Recipient,
  references: readonly { place: string; reference: string }[],
): MessageContent {
  return {
    text: request.text ?? null,
    mediaId: request.media_id ?? null,
    senderButtons: request.sender_buttons,
    receiverButtons: request.receiver_buttons,
    metadata: request.metadata ?? {},
    chatbot: to.chatbot,
    grantId: to.grantId,
    references: Object.fromEntries(references.map(({ place, reference }) => [place, reference])),
  };
}

async function lockConversation(
  tx: Tx,
  { conversations }: Pick<AcceptMessageDeps, 'conversations'>,
  { app, now }: Acceptance,
  conversation: ConversationName | Conversation,
): Promise<Conversation> {
  if (!('id' in conversation)) return await conversations.open(tx, app.id, conversation, now);
  const locked = await conversations.lock(tx, conversation.id);
  if (!locked) throw new Problem('not_found');
  return locked;
}

function createFindRecipient({
  sessions,
  grants,
  conversations,
}: Pick<AcceptMessageDeps, 'sessions' | 'grants' | 'conversations'>) {
  const ofSession = (app: App, session: Session | undefined, at: string): Recipient => {
    if (session?.appId !== app.id) throw new Problem('not_found', { detail: 'There is no such session' });
    const conversation = nameOfVisit(app, session.visit);
    if (!conversation) throw invalid(at, 'no_conversation', 'This visit does not tell its conversation');
    return { conversation, session, grantId: null, chatbot: null };
  };

  const ofConversation = async (
    tx: Tx,
    app: App,
    request: MessageRequest,
    id: string,
  ): Promise<Recipient> => {
    const grantId = request.grant_id ?? null;
    if (grantId !== null && (await grants.find(tx, grantId))?.appId !== app.id)
      throw new Problem('not_found', { detail: 'There is no such grant' });
    const conversation = id.startsWith('cnv_')
      ? await conversations.find(tx, app.id, id)
      : nameOfDivarId('post', id);
    if (!conversation) throw new Problem('not_found', { detail: 'There is no such conversation' });
    if (conversation.type === 'bot' && request.sender_buttons.length > 0)
      throw invalid('body.sender_buttons', 'not_for_chatbot', 'A chatbot has buttons for the receiver only');
    return { conversation, session: undefined, grantId, chatbot: null };
  };

  return async (tx: Tx, { app, session }: Acceptance, request: MessageRequest): Promise<Recipient> => {
    if (session) return ofSession(app, session, 'body');
    if (request.session_id)
      return ofSession(app, await sessions.find(tx, request.session_id), 'body.session_id');
    if (request.conversation_id) return await ofConversation(tx, app, request, request.conversation_id);
    const { chatbot } = request;
    const conversation = chatbot?.user_id
      ? nameOfBotUser(chatbot.user_id)
      : nameOfDivarId('bot', chatbot?.conversation_id ?? '');
    return { conversation, session: undefined, grantId: null, chatbot: chatbot ?? null };
  };
}

function invalid(path: string, code: string, message: string): Problem {
  const issue: ProblemIssue = { path, code, message };
  return new Problem('invalid_request', { issues: [issue] });
}

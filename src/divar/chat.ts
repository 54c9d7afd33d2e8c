/**
 * Sends into Divar's chats: one shape for both generations, one call, never repeated here. Divar has no idempotency key
 * and gives no message id, so the result says exactly how far the call came; whoever asked decides what follows.
 * @see PROTOCOL 4.1-4.4, 4.8
 */
import { type Call, CallError, type CallRequest, type CallStage, type Clock } from '../ports.ts';
import type { App, AppDirectory, DivarHosts, HostsOf } from '../tenants/tenants.ts';
import { readReply, type SendResult } from './chat-replies.ts';
import { v1Send } from './chat-v1.ts';
import { botSend, v2Send } from './chat-v2.ts';

/** Where a message goes; the kind decides the API, and with it the generation. */
export type ChatTarget =
  | { kind: 'v1'; userId: string; postToken: string; peerId: string }
  | { kind: 'conversation'; conversationId: string }
  | { kind: 'bot_conversation'; conversationId: string }
  | { kind: 'bot_user'; userId: string };

/** Exactly one member. `data` is what Divar carries and gives back; strings only, numbers may not survive. PROTOCOL 2.10 */
export type ChatAction =
  | { openUrl: string }
  | { openSession: Record<string, string> }
  | { ask: Record<string, string> }
  | { openPost: string }
  | { openPostManage: string };

export interface ChatButton {
  caption: string;
  icon: string | null;
  action: ChatAction;
}

/** Text or media. The sender is the user whose token is used; a chatbot's buttons are the receiver's. */
export interface ChatContent {
  text: string | null;
  mediaToken: string | null;
  senderButtons: readonly (readonly ChatButton[])[];
  receiverButtons: readonly (readonly ChatButton[])[];
}

/** What one API says where. */
export interface SendDialect<Target> {
  request(send: {
    hosts: DivarHosts;
    apiKey: string;
    accessToken: string | null;
    target: Target;
    content: ChatContent;
  }): Pick<CallRequest, 'url' | 'headers'> & { body: string };
  /** The documented success and nothing else. */
  isSuccess(body: unknown): boolean;
}

export interface Send {
  app: App;
  target: ChatTarget;
  content: ChatContent;
  /** Null only where Divar asks for the API key alone: a chatbot by conversation. */
  accessToken: string | null;
}

export type ChatClient = ReturnType<typeof createChatClient>;

/** Success is a line, errors a few; a CDN's page fits too. */
const MAX_REPLY_BYTES = 64 * 1024;

const DIALECTS = { v1: v1Send, conversation: v2Send, bot_conversation: botSend, bot_user: botSend };

export function createChatClient(deps: {
  call: Call;
  clock: Clock;
  hostsOf: HostsOf;
  directory: Pick<AppDirectory, 'openSecret'>;
  /** Whole exchange, body included. */
  timeoutMs: number;
}) {
  const dialectOf = (target: ChatTarget) => DIALECTS[target.kind] as SendDialect<ChatTarget>;

  const spell = ({ app, ...send }: Send, apiKey: string): CallRequest => ({
    method: 'POST',
    ...dialectOf(send.target).request({ hosts: deps.hostsOf(app), apiKey, ...send }),
    timeoutMs: deps.timeoutMs,
    maxBytes: MAX_REPLY_BYTES,
  });

  const openApiKey = (app: App): string | undefined => {
    try {
      return deps.directory.openSecret(app, 'api_key');
    } catch {
      return undefined;
    }
  };

  return {
    /** One try. Rejects only for a bug: what Divar and the network do is in the result. */
    send: async (send: Send): Promise<SendResult> => {
      if (!isPathSafe(send.target)) return unanswered('before_send', 'bad_target');
      const apiKey = openApiKey(send.app);
      if (apiKey === undefined) return unanswered('before_send', 'no_api_key');
      const request = spell(send, apiKey);
      const startedAt = deps.clock.now();
      try {
        return readReply(await deps.call(request), dialectOf(send.target).isSuccess);
      } catch (cause) {
        if (!(cause instanceof CallError)) throw cause;
        return unanswered(cause.stage, cause.code, deps.clock.now().getTime() - startedAt.getTime());
      }
    },
  };
}

function unanswered(stage: CallStage, code: string, durationMs = 0): SendResult {
  return { stage, status: null, code, retryAfterSeconds: null, durationMs, divarConversationId: null };
}

/** An id of dots would climb out of its path segment however it is encoded; half a surrogate pair cannot be encoded.
 *  @see WHATWG URL, path state */
function isPathSafe(target: ChatTarget): boolean {
  const id =
    target.kind === 'conversation' || target.kind === 'bot_conversation'
      ? target.conversationId
      : target.userId;
  return id !== '' && id !== '.' && id !== '..' && !/\p{Cs}/u.test(id);
}

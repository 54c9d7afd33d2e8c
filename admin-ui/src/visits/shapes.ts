/** Sessions, messages and conversations as the gateway shows them. @see CONTRACT section 5 */

export type SessionState = 'created' | 'opened' | 'consenting' | 'landed' | 'completed' | 'expired';

export interface Session {
  id: string;
  state: SessionState;
  consent: 'none' | 'granted' | 'denied' | 'failed';
  identity: 'verified' | 'unverified';
  generation: 'v1' | 'v2';
  entry: 'init' | 'button' | 'direct_link';
  source: string | null;
  post_token: string | null;
  conversation_id: string | null;
  user: { id: string | null; side: 'supply' | 'demand' | null };
  peer: { id: string | null };
  data: Readonly<Record<string, unknown>> | null;
  location: { latitude: number; longitude: number } | null;
  grant_id: string | null;
  scopes: readonly string[];
  simulated: boolean;
  created_at: string;
  opened_at: string | null;
  landed_at: string | null;
  completed_at: string | null;
  expires_at: string;
}

export interface Grant {
  id: string;
  user_id: string | null;
  scopes: readonly string[];
  state: 'live' | 'refreshing' | 'broken' | 'revoked' | 'expired';
  reason: string | null;
  expires_at: string;
  consent_until: string;
  created_at: string;
}

export type MessageState =
  | 'queued'
  | 'sending'
  | 'sent'
  | 'unknown'
  | 'held'
  | 'failed'
  | 'expired'
  | 'cancelled';

export interface Message {
  id: string;
  state: MessageState;
  session_id: string | null;
  conversation_id: string;
  grant_id: string | null;
  chatbot: Readonly<Record<string, string>> | null;
  text: string | null;
  media_id: string | null;
  sender_buttons: readonly (readonly Button[])[];
  receiver_buttons: readonly (readonly Button[])[];
  lane: 'reply' | 'transactional' | 'bulk';
  on_unknown: 'hold' | 'retry' | 'fail';
  on_missing_consent: 'fail' | 'hold';
  metadata: Readonly<Record<string, string>>;
  code: string | null;
  reason: string | null;
  confirmed_by: 'answer' | 'echo' | 'read' | 'request' | null;
  attempts: number;
  created_at: string;
  expires_at: string | null;
  sent_at: string | null;
  final_at: string | null;
}

export interface Button {
  caption: string;
  icon: string | null;
  action: Readonly<Record<string, unknown>>;
}

export interface Attempt {
  id: string;
  number: number;
  stage: 'before_send' | 'ambiguous' | 'answered' | null;
  status: number | null;
  outcome: 'sent' | 'failed' | 'unknown' | 'queued' | null;
  code: string | null;
  duration_ms: number | null;
  created_at: string;
}

export type WaitReason = 'unknown' | 'budget' | 'grant' | 'held' | 'retry';

export interface Conversation {
  id: string;
  divar_id: string | null;
  type: 'post' | 'bot';
  post_token: string | null;
  v1: { user_id: string; peer_id: string } | null;
  head: { message_id: string; reason: WaitReason; since: string } | null;
  held_at: string | null;
  created_at: string;
}

export interface ChatMessage {
  id: string | null;
  direction: 'out' | 'in';
  message_id: string | null;
  event_id: string | null;
  source: 'message' | 'event' | 'divar';
  state: 'sending' | 'sent' | 'unknown' | null;
  type: string | null;
  text: string | null;
  media_id: string | null;
  sender: { side: 'supply' | 'demand' | null; type: 'human' | 'bot' | null };
  sent_at: string;
}

export interface Transcript {
  data: readonly ChatMessage[];
  next_cursor: string | null;
  divar: { state: 'read' | 'not_granted' | 'refused' | 'away' | 'busy' | 'skipped' };
}

/** What the gateway answers about the simulator. @see src/admin/simulator-routes.ts */

export type Side = 'seller' | 'buyer';
export const SIDES: readonly Side[] = ['seller', 'buyer'];

export interface ChatButton {
  caption: string;
  /** One of Divar's actions. */
  action: string;
}

export interface ChatMessage {
  id: string;
  sent_at: string;
  side: Side;
  sender: 'human' | 'app';
  display: string | null;
  text: string;
  media_type: string | null;
  place: { latitude: number; longitude: number } | null;
  contact: { name: string; phone: string } | null;
  buttons: readonly (readonly ChatButton[])[];
}

export interface Chat {
  conversation: string;
  type: 'POST' | 'BOT';
  person: Side | null;
  post: { token: string; title: string; price_toman: number } | null;
  blocked: boolean;
  sides: Record<Side, readonly ChatMessage[]>;
}

export interface Desk {
  people: Record<Side, string>;
  app: { display: string; subtitle: string; description: string; generation: string };
  chats: readonly Chat[];
  faults: readonly string[];
  dialect: Readonly<Record<string, unknown>>;
  event_dialect: Readonly<Record<string, unknown>>;
  receiver_url: string;
}

export interface TraceHop {
  id: string;
  at: string;
  ms: number | null;
  kind: string;
  from: 'divar' | 'gateway' | 'person';
  as: string | null;
  status: number | null;
  outcome: 'ok' | 'warned' | 'failed' | 'waiting';
  fault: string | null;
  problems: readonly string[];
  detail: string | null;
  conversation: string | null;
  message: string | null;
  raw: string;
}

export interface SimulatorPage {
  state: 'ready' | 'down' | 'preparing' | 'slug_taken';
  desk: Desk | null;
  trace: readonly TraceHop[];
  endpoints: number;
}

export interface Tap {
  ok: boolean;
  text_message: string | null;
  open_url: string | null;
}

export interface TapRequest {
  kind: 'chat' | 'button' | 'post_addon' | 'direct_link';
  button?: { message_id: string; side: Side; row: number; column: number };
}

export type PersonContent =
  | { type: 'TEXT'; text: string }
  | { type: 'IMAGE' | 'FILE' | 'VOICE' | 'VIDEO' }
  | { type: 'LOCATION'; latitude: number; longitude: number }
  | { type: 'CONTACT'; name: string; phone: string };

export interface Settings {
  faults?: readonly string[];
  dialect?: Readonly<Record<string, unknown>>;
  event_dialect?: Readonly<Record<string, unknown>>;
}

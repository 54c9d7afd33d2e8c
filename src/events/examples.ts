/** One example of every event: for the API reference and for test events. */
import type { EventType } from './events.ts';
import type { JsonObject } from './fields.ts';

const POST = 'wZ_x9Qa7';
const CHAT = {
  divar_id: '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb',
  type: 'post',
  post_token: POST,
  v1: null,
};
const BOT_CHAT = { ...CHAT, divar_id: 'c0ffee00-1234-4bcd-9e8f-001122334455', type: 'bot', post_token: null };
const SAID = {
  id: '5b6c1e2a-154d-11f1-8c11-325096b39f47',
  type: 'text',
  text: 'سلام، هنوز موجود است؟',
  sent_at: '2026-03-01T08:30:15.250Z',
};
const SESSION = { session: { id: 'ses_06h0vwd8fs9epybbtfc4927mk6', object: 'session', post_token: POST } };
const MESSAGE = {
  message: { id: 'msg_06h0vwd8fs9epybbtfc4927mk6', object: 'message', metadata: { order: 'A-17' } },
};
const GRANT = {
  grant: { id: 'grt_06h0vwd8fs9epybbtfc4927mk6', object: 'grant', user_id: 'u1', scopes: ['USER_ID'] },
};
const SUBSCRIPTION = { subscription: { id: 'sub_06h0vwd8fs9epybbtfc4927mk6', event_type: 'POST_UPDATE' } };

const EXAMPLES: Record<EventType, JsonObject> = {
  'session.created': SESSION,
  'session.landed': SESSION,
  'session.completed': SESSION,
  'session.denied': SESSION,
  'message.sent': MESSAGE,
  'message.failed': MESSAGE,
  'message.unknown': MESSAGE,
  'chat.message.received': {
    message: { ...SAID, sender: { side: 'demand', type: 'human' } },
    conversation: CHAT,
    metadata: null,
  },
  'chatbot.message.received': {
    message: { ...SAID, sender: { side: null, type: 'human' } },
    conversation: BOT_CHAT,
    metadata: null,
  },
  'chatbot.started': {
    message: { ...SAID, text: `/start MY_POST ${POST}`, sender: { side: null, type: 'human' } },
    conversation: BOT_CHAT,
    start: { touchpoint: 'MY_POST', post_token: POST, conversation_id: null, trusted: false },
    metadata: null,
  },
  'button.clicked': {
    message_id: 'msg_06h0vwd8fs9epybbtfc4927mk6',
    data: { order: 'A-17' },
    session_id: 'ses_06h0vwd8fs9epybbtfc4927mk6',
  },
  'grant.created': GRANT,
  'grant.expiring': { ...GRANT, days_left: 7 },
  'grant.broken': { ...GRANT, reason: 'refused' },
  'grant.recovered': { ...GRANT, recovered_grant_ids: ['grt_06h0vwd8fs9epybbtfc4927mk5'] },
  'grant.revoked': { user_id: 'u1', grant_ids: ['grt_06h0vwd8fs9epybbtfc4927mk6'] },
  'subscription.lost': { ...SUBSCRIPTION, reason: 'divar_unavailable' },
  'subscription.renewed': { ...SUBSCRIPTION, lost_since: '2026-02-24T08:30:15.250Z' },
  'post.updated': {
    change: 'publish',
    post: { token: POST, category: 'light', city: 'tehran' },
    metadata: null,
  },
  'payment.updated': {
    payment: {
      id: '9d0c7a52-77b1-4b57-8f4e-0a1b2c3d4e5f',
      cost_rials: '120000',
      state: 'completed',
      type: 'renew',
      extra_details: null,
    },
  },
  'endpoint.disabled': {
    endpoint_id: 'end_06h0vwd8fs9epybbtfc4927mk6',
    url: 'https://shop.example/hooks',
    reason: 'failing',
    failing_since: '2026-02-24T08:30:15.250Z',
    failure_count: 41,
  },
  'quota.warning': {
    limit: 'divar_per_day',
    used_percent: 80,
    used_count: 800,
    limit_count: 1000,
    resets_at: '2026-03-01T20:30:00.000Z',
    runs_out_at: '2026-03-01T14:10:00.000Z',
  },
  'divar.unknown': { divar_type: 'BRAND_NEW_EVENT' },
};

export function exampleData(type: EventType): JsonObject {
  return EXAMPLES[type];
}

/** The event bodies of PROTOCOL 8.5 with what they mean; read by the brain's tests and sent through the running gateway. */
const USER = '5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4=';
const CONVERSATION = '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb';
const BOT_CONVERSATION = 'c0ffee00-1234-4bcd-9e8f-001122334455';
const POST = 'wZ_x9Qa7';
const SENT_AT = '2026-03-01T08:30:15.250Z';

export interface EventBody {
  name: string;
  /** As it stands on the wire. */
  text: string;
  expected: {
    type: string;
    data: Record<string, unknown>;
    conversation?: Record<string, unknown>;
  };
}

const V1_CHAT = {
  type: 'post',
  facts: { divarId: null, postToken: POST, v1: { userId: 'u2', peerId: 'u1' }, botUserId: null },
};
const botChat = { type: 'bot', facts: { divarId: BOT_CONVERSATION, v1: null } };
const bot = (rest: string) =>
  `{"type":"NEW_CHATBOT_MESSAGE","new_chatbot_message":{"conversation":{"id":"${BOT_CONVERSATION}","type":"BOT"},"sender":{"type":"HUMAN"},${rest}}}`;

export const EVENT_BODIES: EventBody[] = [
  {
    name: 'TV-80, a notification of the first generation as captured',
    text: `{"payload":{"@type":"type.googleapis.com/notify.ChatMessagePayload","data":{"@type":"type.googleapis.com/notify.ChatMessageTextData","text":"موجوده؟"},"from":null,"id":"m2","metadata":{"category":"light","post_token":"${POST}","title":"پراید"},"receiver":{"id":"u2","is_supply":true},"sender":{"id":"u1","is_supply":false},"sent_at":"1772353815250000","to":null,"type":"TEXT"},"timestamp":"1772353815","type":"CHAT_MESSAGE"}`,
    expected: {
      type: 'chat.message.received',
      data: {
        message: {
          id: 'm2',
          type: 'text',
          text: 'موجوده؟',
          sent_at: SENT_AT,
          sender: { side: 'demand', type: null },
        },
        conversation: {
          divar_id: null,
          type: 'post',
          post_token: POST,
          v1: { user_id: 'u2', peer_id: 'u1' },
        },
        post: { category: 'light', title: 'پراید' },
      },
      conversation: V1_CHAT,
    },
  },
  {
    name: "TV-81, a notification with the seed's names and integers",
    text: `{"type":"CHAT_MESSAGE","timestamp":1772353815,"payload":{"id":"m2b","type":"TEXT","data":{"text":"x"},"from":{"id":"u1","is_supply":false},"to":{"id":"u2","is_supply":true},"metadata":{"category":"","post_token":"${POST}","title":""},"sent_at":1772353815250000}}`,
    expected: {
      type: 'chat.message.received',
      data: { message: { id: 'm2b', text: 'x', sent_at: SENT_AT }, post: { category: null, title: null } },
      conversation: V1_CHAT,
    },
  },
  {
    name: 'TV-82, a text with a time in microseconds and unknown fields',
    text: `{"type":"NEW_MESSAGE","metadata":{"sub":"s1"},"new_message":{"id":"m3","conversation":{"id":"${CONVERSATION}","type":"POST","post_token":"${POST}"},"sender":{"side":"SELLER","type":"BOT"},"type":"TEXT","sent_at":1772353815250000,"text":"سلام","reply_to":"m2"}}`,
    expected: {
      type: 'chat.message.received',
      data: {
        message: {
          id: 'm3',
          type: 'text',
          text: 'سلام',
          sent_at: SENT_AT,
          sender: { side: 'supply', type: 'bot' },
        },
        conversation: { divar_id: CONVERSATION, type: 'post', post_token: POST, v1: null },
        metadata: { sub: 's1' },
      },
      conversation: { type: 'post', facts: { divarId: CONVERSATION, postToken: POST, v1: null } },
    },
  },
  {
    name: 'TV-83, an image of a USER with its size as text and the time in RFC 3339',
    text: `{"type":"NEW_MESSAGE","new_message":{"id":"m4","conversation":{"id":"c1","type":"POST","post_token":"${POST}"},"sender":{"side":"BUYER","type":"USER"},"type":"IMAGE","sent_at":"2026-03-01T08:30:15.250000Z","image_data":{"link":"https://cdn.example/i.jpg","size_bytes":"204801","height_px":720,"width_px":1280}}}`,
    expected: {
      type: 'chat.message.received',
      data: {
        message: {
          id: 'm4',
          type: 'image',
          text: null,
          sent_at: SENT_AT,
          sender: { side: 'demand', type: 'human' },
          image: { link: 'https://cdn.example/i.jpg', size_bytes: 204801, height_px: 720, width_px: 1280 },
        },
      },
      conversation: { facts: { divarId: 'c1' } },
    },
  },
  ...(
    [
      [
        'file',
        '"file_data":{"link":"https://cdn.example/a.pdf","name":"a.pdf","size_bytes":10}',
        { link: 'https://cdn.example/a.pdf', name: 'a.pdf', size_bytes: 10 },
      ],
      [
        'voice',
        '"voice_data":{"link":"https://cdn.example/v.m4a","size_bytes":"9"}',
        { link: 'https://cdn.example/v.m4a', size_bytes: 9 },
      ],
      [
        'video',
        '"video_data":{"link":"https://cdn.example/v.mp4","thumbnail_link":"https://cdn.example/t.jpg","size_bytes":"9"}',
        { thumbnail_link: 'https://cdn.example/t.jpg', size_bytes: 9 },
      ],
      ['location', '"location_data":{"longitude":51.4012}', { latitude: 0, longitude: 51.4012 }],
      ['contact', '"contact_data":{"phone":"+989990000001"}', { name: null, phone: '+989990000001' }],
    ] as const
  ).map(([type, content, expected], index) => ({
    name: `TV-84, a ${type} without sender, time and conversation`,
    text: `{"type":"NEW_MESSAGE","new_message":{"id":"m${5 + index}","type":"${type.toUpperCase()}",${content}}}`,
    expected: {
      type: 'chat.message.received',
      data: {
        message: {
          id: `m${5 + index}`,
          type,
          text: null,
          sent_at: null,
          sender: { side: null, type: null },
          [type]: expected,
        },
      },
    },
  })),
  {
    name: 'TV-85, a chatbot that is started from a chat',
    text: bot(
      `"id":"m10","type":"TEXT","sent_at":"2026-03-01T08:30:15.250000Z","text":"/start CHAT ${CONVERSATION}"`,
    ),
    expected: {
      type: 'chatbot.started',
      data: {
        start: { touchpoint: 'CHAT', conversation_id: CONVERSATION, post_token: null, trusted: false },
        message: { id: 'm10', sent_at: SENT_AT, sender: { side: null, type: 'human' } },
        conversation: { divar_id: BOT_CONVERSATION, type: 'bot' },
      },
      conversation: botChat,
    },
  },
  {
    name: 'TV-85, a chatbot message with the old key of its text',
    text: bot('"message_text":"سلام","id":"m11","type":"TEXT"'),
    expected: {
      type: 'chatbot.message.received',
      data: { message: { id: 'm11', text: 'سلام', sent_at: null } },
      conversation: botChat,
    },
  },
  {
    name: 'TV-85, a message of a type that nobody knows',
    text: bot('"id":"m12","type":"STICKER","sticker_data":{"id":1}'),
    expected: {
      type: 'chatbot.message.received',
      data: { message: { id: 'm12', type: 'sticker', text: null } },
      conversation: botChat,
    },
  },
  {
    name: 'TV-86, a revocation',
    text: `{"type":"USER_ACCESS_REVOCATION","user_access_revocation":{"user_id":"${USER}"}}`,
    expected: { type: 'grant.revoked', data: { user_id: USER } },
  },
  {
    name: 'TV-86, a published post with the other name of metadata',
    text: `{"type":"POST_UPDATE","meta_data":{"sub":"s2"},"post_update":{"type":"PUBLISH","post":{"token":"${POST}","category":"light","city":"tehran","chat_enabled":true,"first_published_at":"2026-02-01T00:00:00Z","data":{"title":"t"}}}}`,
    expected: {
      type: 'post.updated',
      data: {
        change: 'publish',
        post: { token: POST, category: 'light', chat_enabled: true, data: { title: 't' } },
        metadata: { sub: 's2' },
      },
    },
  },
  {
    name: 'TV-86, a retired post',
    text: `{"type":"POST_UPDATE","post_update":{"type":"RETIRE","post":{"token":"${POST}"}}}`,
    expected: { type: 'post.updated', data: { change: 'retire', post: { token: POST }, metadata: null } },
  },
  {
    name: 'TV-86, a payment',
    text: '{"type":"PAYMENT_TRANSACTION","payment_transaction":{"id":"9d0c7a52-77b1-4b57-8f4e-0a1b2c3d4e5f","cost_rials":120000,"state":"TRANSACTION_STATE_COMPLETED","type":"TRANSACTION_TYPE_RENEW"}}',
    expected: {
      type: 'payment.updated',
      data: { payment: { cost_rials: '120000', state: 'completed', type: 'renew', extra_details: null } },
    },
  },
  {
    name: 'TV-86, a payment under its other key, with numbers for words',
    text: '{"type":"PAYMENT_TRANSACTION","transaction":{"id":"8d0c7a52-77b1-4b57-8f4e-0a1b2c3d4e5f","cost_rials":"120000","state":2,"type":1}}',
    expected: {
      type: 'payment.updated',
      data: { payment: { cost_rials: '120000', state: 'completed', type: '1' } },
    },
  },
  {
    name: 'TV-86, an event that nobody knows',
    text: '{"type":"BRAND_NEW_EVENT","brand_new_event":{}}',
    expected: { type: 'divar.unknown', data: { divar_type: 'BRAND_NEW_EVENT' } },
  },
  {
    name: 'a payment of more rials than a number can tell',
    text: '{"type":"PAYMENT_TRANSACTION","payment_transaction":{"id":"p3","cost_rials":9223372036854775807}}',
    expected: { type: 'payment.updated', data: { payment: { id: 'p3', cost_rials: '9223372036854775807' } } },
  },
  {
    name: 'a body that says nothing',
    text: '{}',
    expected: { type: 'divar.unknown', data: { divar_type: null } },
  },
  {
    name: 'a known event without its payload',
    text: '{"type":"NEW_MESSAGE","new_message":null}',
    expected: { type: 'divar.unknown', data: { divar_type: 'NEW_MESSAGE' } },
  },
];

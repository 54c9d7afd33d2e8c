/** The session bodies of PROTOCOL 8.1 with what they mean; read by the brain's tests and sent through the running gateway. */
const U = '3f0b6a52-0c1e-4d7f-9a44-5b1a2c3d4e5f';
const P = 'a1b2c3d4-1111-4222-8333-944455556666';
const V2_USER = '5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4=';
const CONVERSATION = '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb';
const COMPLETION = 'https://open-platform-redirect.divar.ir/completion';
const POST = 'wZ_x9Qa7';

interface SessionBody {
  name: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
  expected: { generation: 'v1' | 'v2'; entry: 'init' | 'button'; visit: Record<string, unknown> };
}

export const SESSION_BODIES: SessionBody[] = [
  {
    name: 'TV-01, the first generation at its smallest',
    headers: {},
    body: { callback_url: COMPLETION, post_token: POST, user_id: U, peer_id: P },
    expected: {
      generation: 'v1',
      entry: 'init',
      visit: {
        postToken: POST,
        user: { id: U, side: null },
        peer: { id: P },
        conversationId: null,
        data: null,
        returnAddress: COMPLETION,
      },
    },
  },
  {
    name: 'TV-02, a button with a capital Supplier, a location and unknown fields',
    headers: {},
    body: {
      extra_data: { provider_data: { order: 'A-17' }, location: { latitude: 35.7005, longitude: 51.4012 } },
      callback_url: 'https://divar.ir/chat/x?a=1',
      post_token: POST,
      user_id: U,
      peer_id: P,
      Supplier: { id: U, x: 1 },
      demand: { id: P },
      future_field: [1, { k: null }],
    },
    expected: {
      generation: 'v1',
      entry: 'button',
      visit: {
        user: { id: U, side: 'supply' },
        data: { order: 'A-17' },
        location: { latitude: 35.7005, longitude: 51.4012 },
        returnAddress: 'https://divar.ir/chat/x?a=1',
        extra: { future_field: [1, { k: null }] },
      },
    },
  },
  {
    name: 'TV-03, a buyer with a location in strings',
    headers: {},
    body: {
      extra_data: { location: { latitude: '35.7005', longitude: '51.4012' } },
      callback_url: COMPLETION,
      post_token: POST,
      user_id: P,
      peer_id: U,
      supplier: { id: U },
      demand: { id: P },
    },
    expected: {
      generation: 'v1',
      entry: 'init',
      visit: {
        user: { id: P, side: 'demand' },
        peer: { id: U },
        data: null,
        location: { latitude: 35.7005, longitude: 51.4012 },
      },
    },
  },
  {
    name: 'TV-04, the first generation with a conversation and null sides',
    headers: {},
    body: {
      callback_url: COMPLETION,
      post_token: POST,
      conversation_id: CONVERSATION,
      user_id: U,
      peer_id: P,
      supplier: null,
      demand: null,
    },
    expected: {
      generation: 'v1',
      entry: 'init',
      visit: { conversationId: CONVERSATION, user: { id: U, side: null } },
    },
  },
  {
    name: 'TV-05, the chat of the second generation',
    headers: { 'api-version': '2' },
    body: {
      completion_url: COMPLETION,
      post_token: POST,
      conversation_id: CONVERSATION,
      user_side: 'SUPPLY',
      source: 'CHAT',
      provider_data: {},
    },
    expected: {
      generation: 'v2',
      entry: 'init',
      visit: {
        source: 'CHAT',
        conversationId: CONVERSATION,
        user: { id: null, side: 'supply' },
        peer: { id: null },
        data: null,
        returnAddress: COMPLETION,
      },
    },
  },
  {
    name: 'TV-06, a button of the second generation with the underscore header',
    headers: { api_version: '2' },
    body: {
      source: 'CHAT_MESSAGE_ACTION',
      post_token: POST,
      conversation_id: CONVERSATION,
      user_side: 'Demand',
      extra_data: { ref: 'r_01' },
      user_id: V2_USER,
    },
    expected: {
      generation: 'v2',
      entry: 'button',
      visit: { source: 'CHAT_MESSAGE_ACTION', user: { id: V2_USER, side: 'demand' }, data: { ref: 'r_01' } },
    },
  },
  {
    name: "TV-07, Divar's misprint of a source and nulls",
    headers: { 'api-version': '2' },
    body: {
      source: 'POST_ADODN',
      post_token: null,
      conversation_id: null,
      user_side: null,
      extra_data: null,
      user_id: null,
    },
    expected: {
      generation: 'v2',
      entry: 'init',
      visit: {
        source: 'POST_ADDON',
        sourceRaw: 'POST_ADODN',
        postToken: null,
        user: { id: null, side: null },
        data: null,
        extra: {},
      },
    },
  },
  {
    name: 'TV-08, the second generation by its source alone',
    headers: {},
    body: { source: 'POST_ADDON' },
    expected: {
      generation: 'v2',
      entry: 'init',
      visit: { source: 'POST_ADDON', sourceRaw: null, postToken: null },
    },
  },
  {
    name: 'TV-09, both data keys',
    headers: {},
    body: {
      source: 'CHAT_MESSAGE_ACTION',
      user_side: 'supply',
      extra_data: { ref: 'r_01' },
      provider_data: { ref: { n: 1 } },
    },
    expected: {
      generation: 'v2',
      entry: 'button',
      visit: { data: { ref: 'r_01' }, user: { id: null, side: 'supply' } },
    },
  },
  {
    name: 'TV-10, a return address on a foreign host',
    headers: { 'api-version': '2' },
    body: {
      return_url: 'https://divar.ir.evil.example/x',
      source: 'CHAT',
      post_token: 'wZ_x9Qa7k2LmNoPq',
      conversation_id: CONVERSATION,
      user_side: 'Supply',
    },
    expected: {
      generation: 'v2',
      entry: 'init',
      visit: {
        postToken: 'wZ_x9Qa7k2LmNoPq',
        returnAddress: 'https://divar.ir.evil.example/x',
        user: { id: null, side: 'supply' },
      },
    },
  },
  {
    name: 'TV-11, data that looks like the wrapper of the first generation',
    headers: { 'api-version': '2' },
    body: {
      source: 'POST_ADDON',
      extra_data: { provider_data: { a: '1' }, location: { latitude: 0, longitude: 0 } },
    },
    expected: {
      generation: 'v2',
      entry: 'init',
      visit: { data: { provider_data: { a: '1' }, location: { latitude: 0, longitude: 0 } }, location: null },
    },
  },
  {
    name: 'TV-12, empty strings',
    headers: { 'api-version': '2' },
    body: { source: 'CHAT', post_token: '', conversation_id: '', user_side: '', user_id: '' },
    expected: {
      generation: 'v2',
      entry: 'init',
      visit: {
        source: 'CHAT',
        postToken: null,
        conversationId: null,
        user: { id: null, side: null },
        extra: {},
      },
    },
  },
];

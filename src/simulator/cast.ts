import type { Conversation, PersonKey, Post, World } from './world.ts';

/** The people of every conversation. Phones are from a range nobody owns. */
export const PEOPLE: Record<PersonKey, { name: string; phone: string }> = {
  seller: { name: 'نگار احمدی', phone: '09990000001' },
  buyer: { name: 'سامان کریمی', phone: '09990000002' },
  stranger: { name: 'پرهام رضایی', phone: '09990000003' },
};

export const PERSON_KEYS = Object.keys(PEOPLE) as PersonKey[];

/** The shared values of PROTOCOL.md section 8, so that its vectors can be replayed as they stand. */
export const FIRST_POST = 'wZ_x9Qa7';
const FIRST_CONVERSATION = '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb';

const POSTS: Post[] = [
  {
    token: FIRST_POST,
    title: 'پراید ۱۳۱ SE، مدل ۱۳۹۲',
    category: 'light',
    city: 'tehran',
    district: 'yousefabad',
    description: 'یک‌دست، بدون رنگ، بیمه تا پایان سال.',
    priceToman: 203_000_000,
    real: false,
  },
  {
    token: 'gZk81mQv',
    title: 'دوچرخهٔ شهری سایز ۲۸، در حد نو',
    category: 'bicycle',
    city: 'isfahan',
    district: 'chaharbagh',
    description: 'سه ماه استفاده شده، همراه با قفل و چراغ.',
    priceToman: 18_500_000,
    real: false,
  },
  {
    token: 'AaT3vN_xk2',
    title: 'میز ناهارخوری چوبی شش‌نفره',
    category: 'furniture-wood',
    city: 'shiraz',
    district: 'maaliabad',
    description: 'چوب راش، صندلی‌ها تازه رویه‌کوبی شده.',
    priceToman: 32_000_000,
    real: true,
  },
];

/** Another test post of the seller; they take turns. */
export const createTestPost = (token: string, turn: number, title?: string): Post => {
  const samples = POSTS.filter(({ real }) => !real);
  const sample = samples[turn % samples.length] as Post;
  return { ...sample, token, title: title ?? sample.title };
};

const CONVERSATIONS: Record<string, string> = {
  [FIRST_POST]: FIRST_CONVERSATION,
  gZk81mQv: '1c2d3e4f-6a7b-4c8d-9e0f-a1b2c3d4e5f6',
  AaT3vN_xk2: '7f6e5d4c-3b2a-4190-8f7e-6d5c4b3a2910',
};

export const createConversation = (id: string, post: string): Conversation => ({
  id,
  type: 'POST',
  post,
  blocked: false,
  messages: [],
});

/** A fresh world: posts and empty conversations, no apps, nobody has consented to anything. */
export const createWorld = (): World => ({
  apps: {},
  posts: Object.fromEntries(POSTS.map((post) => [post.token, { ...post }])),
  conversations: Object.fromEntries(
    Object.entries(CONVERSATIONS).map(([post, id]) => [id, createConversation(id, post)]),
  ),
  codes: {},
  grants: {},
  tokens: {},
  visits: {},
  completions: [],
  uploads: {},
  media: {},
  subscriptions: [],
  counters: {},
  clockOffsetMs: 0,
});

export const conversationOfPost = (world: World, post: string): Conversation | undefined =>
  Object.values(world.conversations).find((one) => one.type === 'POST' && one.post === post);

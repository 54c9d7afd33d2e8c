import { conversationOfPost, FIRST_POST } from './cast.ts';
import { ownsPost, personOfUserId, sideOf } from './identities.ts';
import type { App, Generation, PersonKey, World } from './world.ts';

/** What the id behind a scope names. `resource` ids (businesses and the like) are taken as they are. */
type Takes = 'none' | 'conversation' | 'post' | 'triple' | 'resource';

export interface ScopeFacts {
  name: string;
  takes: Takes;
  /** What the person is asked, on the consent page. */
  fa: string;
}

const scope = (name: string, takes: Takes, fa: string): ScopeFacts => ({ name, takes, fa });

const PHONE = scope('USER_PHONE', 'none', 'دیدن شمارهٔ موبایل شما');
const USER_ID = scope('USER_ID', 'none', 'شناختن شما در مراجعه‌های بعدی');
const OFFLINE = scope('offline_access', 'none', 'ادامهٔ دسترسی وقتی در برنامه نیستید');
const SEND_ONE = 'ارسال پیام از طرف شما در همین گفتگو';
const SEND_POST = 'ارسال پیام از طرف شما در همهٔ گفتگوهای این آگهی';
const READ_ONE = 'خواندن پیام‌های همین گفتگو';
const READ_POST = 'خواندن پیام‌های همهٔ گفتگوهای این آگهی';
const ADDON_POST = 'افزودن اطلاعات به آگهی شما';

/** Scope names by generation (PROTOCOL.md 3.2). */
export const SCOPES: Record<Generation, ScopeFacts[]> = {
  v1: [
    PHONE,
    scope('CHAT_SEND_MESSAGE_OAUTH', 'triple', SEND_ONE),
    scope('CHAT_SEND_MESSAGE_POST_CONVERSATIONS', 'post', SEND_POST),
    scope('CHAT_READ_CONVERSATION', 'triple', READ_ONE),
    scope('CHAT_READ_POST_CONVERSATIONS', 'post', READ_POST),
    scope('ADDON_USER_APPROVED', 'post', ADDON_POST),
  ],
  mid: [
    PHONE,
    USER_ID,
    OFFLINE,
    scope('CHAT_MESSAGE_SEND', 'triple', SEND_ONE),
    scope('CONVERSATION_SEND_MESSAGE', 'conversation', SEND_ONE),
    scope('CHAT_POST_CONVERSATIONS_MESSAGE_SEND', 'post', SEND_POST),
    scope('CHAT_CONVERSATION_READ', 'triple', READ_ONE),
    scope('CHAT_POST_CONVERSATIONS_READ', 'post', READ_POST),
    scope('POST_ADDON_CREATE', 'post', ADDON_POST),
    scope('USER_POSTS_ADDON_CREATE', 'none', 'افزودن اطلاعات به همهٔ آگهی‌های شما'),
  ],
  v2: [
    PHONE,
    USER_ID,
    OFFLINE,
    scope('openid', 'none', 'ورود با حساب دیوار'),
    scope('CONVERSATION_SEND_MESSAGE', 'conversation', SEND_ONE),
    scope('CHAT_POST_CONVERSATIONS_MESSAGE_SEND', 'post', SEND_POST),
    scope(
      'CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND',
      'none',
      'ارسال پیام در همهٔ گفتگوهایی که فروشنده‌اید',
    ),
    scope('CHAT_MESSAGE_SEND', 'triple', SEND_ONE),
    scope('CHAT_CONVERSATION_READ', 'conversation', READ_ONE),
    scope('CHAT_POST_CONVERSATIONS_READ', 'post', READ_POST),
    scope('CHAT_SUPPLIER_ALL_CONVERSATIONS_READ', 'none', 'خواندن همهٔ گفتگوهایی که فروشنده‌اید'),
    scope('CHAT_BOT_USER_MESSAGE_SEND', 'none', 'پیام دادن به شما از چت‌بات برنامه'),
    scope('NOTIFICATION_ACCESS_REVOCATION', 'none', 'آگاه شدن از لغو این اجازه‌ها'),
    scope('POST_ADDON_CREATE', 'post', ADDON_POST),
    scope('USER_POSTS_ADDON_CREATE', 'none', 'افزودن اطلاعات به همهٔ آگهی‌های شما'),
    scope('USER_ADDON_CREATE', 'none', 'افزودن اطلاعات به حساب شما'),
    scope('USER_VERIFICATION_CREATE', 'none', 'ثبت تأیید هویت برای شما'),
    scope('POST_EDIT', 'post', 'ویرایش این آگهی'),
    scope('POST_ONGOING_IMAGES_GET', 'post', 'دیدن تصویرهای منتشرنشدهٔ این آگهی'),
    scope('POST_SEMANTIC_CREATE', 'post', 'ثبت ویژگی‌های این آگهی'),
    scope('SUBMIT_USER_POST', 'none', 'ثبت آگهی از طرف شما'),
    scope('EDIT_USER_POST', 'none', 'ویرایش آگهی‌های شما'),
    scope('DELETE_USER_POST', 'none', 'حذف آگهی‌های شما'),
    scope('USER_POSTS_GET', 'none', 'دیدن فهرست آگهی‌های شما'),
    scope('USER_POSTS_STATS_READ', 'none', 'دیدن آمار آگهی‌های شما'),
    scope('USER_BUSINESSES_READ', 'none', 'دیدن کسب‌وکارهای شما'),
    scope('USER_SET_CUSTOMIZED_BUTTON', 'none', 'تنظیم دکمهٔ آگهی‌های شما'),
    scope('BUSINESS_ADDON_CREATE', 'resource', 'افزودن اطلاعات به کسب‌وکار شما'),
    scope('BUSINESS_CREATE_CUSTOMIZED_BUTTON', 'resource', 'تنظیم دکمهٔ کسب‌وکار شما'),
    scope('PRO_USER_PROFILE_IMAGE_READ', 'none', 'دیدن تصویر نمایهٔ شما'),
    scope('MANAGEMENT_APPS_READ', 'resource', 'دیدن برنامه‌های شما در کنار'),
    scope('MANAGEMENT_APPS_WRITE', 'resource', 'تغییر برنامه‌های شما در کنار'),
    scope('PAYMENT_ALL_POSTS_PRICING_READ', 'none', 'دیدن هزینه‌های آگهی‌های شما'),
    scope('PAYMENT_ALL_POSTS_RENEW', 'none', 'تمدید آگهی‌های شما'),
    scope('PAYMENT_ALL_POSTS_REORDER', 'none', 'نردبان کردن آگهی‌های شما'),
    scope('PAY_USER_POST_PROMOTION', 'none', 'پرداخت هزینهٔ ارتقای آگهی‌های شما'),
    scope('SUBMIT_USER_PAYMENT', 'none', 'ثبت پرداخت از طرف شما'),
    scope('SEND_EVENT', 'none', 'ارسال رویداد'),
  ],
};

export interface Scope {
  name: string;
  resource?: string | undefined;
}

/** Splits `SCOPE`, `SCOPE__ID` (v1) or `SCOPE.ID`. An id equal to the name means none (PROTOCOL.md 7, row 14). */
export const parseScope = (text: string, generation: Generation): Scope => {
  const mark = generation === 'v1' ? '__' : '.';
  const at = text.indexOf(mark);
  if (at < 0) return { name: text };
  const name = text.slice(0, at);
  const resource = text.slice(at + mark.length);
  return resource === name ? { name } : { name, resource };
};

/** A form-decoded scope parameter: items stand between spaces. */
export const splitScopes = (value: string): string[] => value.split(' ').filter((item) => item !== '');

export interface Triple {
  user: string;
  post: string;
  peer: string;
}

/** Reads `BASE64(user:post:peer)`: standard alphabet, padding kept, three parts. */
const parseTriple = (text: string): Triple | undefined => {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) return undefined;
  const [user, post, peer, ...more] = bytes.toString('utf8').split(':');
  return user && post && peer && more.length === 0 ? { user, post, peer } : undefined;
};

export const formatTriple = ({ user, post, peer }: Triple): string =>
  Buffer.from(`${user}:${post}:${peer}`).toString('base64');

type Check = (world: World, app: App, resource: string, person: PersonKey | undefined) => string | undefined;

/** Why a scope's id is not accepted. Ownership is judged once the consenting person is known. */
const CHECK_RESOURCE: Record<Takes, Check> = {
  none: (_world, _app, resource) => (resource === '' ? undefined : 'takes no resource id'),
  resource: (_world, _app, resource) => (resource === '' ? 'needs a resource id' : undefined),
  conversation: (world, _app, resource, person) => {
    const conversation = world.conversations[resource];
    if (!conversation) return 'names an unknown conversation';
    if (person && !sideOf(conversation, person)) return 'names a conversation of other people';
    return undefined;
  },
  post: (world, _app, resource, person) => {
    if (!world.posts[resource]) return 'names an unknown post';
    if (person && !ownsPost(world, person, resource)) return 'names a post of another person';
    return undefined;
  },
  triple: (world, app, resource, person) => {
    const triple = parseTriple(resource);
    if (!triple) return 'id is not BASE64(user_id:post_token:peer_id)';
    const generation = app.generation === 'v2' ? 'v1' : app.generation;
    const user = personOfUserId(app.slug, generation, triple.user);
    const peer = personOfUserId(app.slug, generation, triple.peer);
    const conversation = conversationOfPost(world, triple.post);
    if (!user || !peer || !conversation) return 'id names an unknown user, post or peer';
    if (person && user !== person) return 'id names another user than the consenting one';
    const sides = [sideOf(conversation, user), sideOf(conversation, peer)];
    if (!sides[0] || !sides[1] || sides[0] === sides[1]) return 'id does not name a conversation';
    return undefined;
  },
};

export const findScope = (generation: Generation, name: string): ScopeFacts | undefined =>
  SCOPES[generation].find((one) => one.name === name);

/** Why Divar refuses one scope of an authorization request, or `undefined`. */
export const judgeScope = (
  world: World,
  app: App,
  text: string,
  person: PersonKey | undefined,
): string | undefined => {
  const { name, resource } = parseScope(text, app.generation);
  const facts = findScope(app.generation, name);
  if (!facts) return `scope ${text} is unknown`;
  if (app.scopes && !app.scopes.includes(name)) return `scope ${name} is not approved for this app`;
  const fault = CHECK_RESOURCE[facts.takes](world, app, resource ?? '', person);
  return fault ? `scope ${name} ${fault}` : undefined;
};

/** The post a list of scopes is about: what the consent page shows. */
export const postOfScopes = (world: World, scopes: string[], generation: Generation): string => {
  for (const text of scopes) {
    const resource = parseScope(text, generation).resource ?? '';
    const post = world.conversations[resource]?.post ?? parseTriple(resource)?.post ?? resource;
    if (world.posts[post]) return post;
  }
  return FIRST_POST;
};

/** What each scope of Divar allows, as its users would say it. Names without a text are shown as they are. @see PROTOCOL 3.2 */
export interface ScopeText {
  fa: string;
  en: string;
}

export const SCOPE_TEXTS: Readonly<Record<string, ScopeText>> = {
  USER_ID: {
    fa: 'شناختن شما در بازدیدهای بعدی، بی نام و شماره',
    en: 'knowing you again at the next visit, without name or number',
  },
  USER_PHONE: { fa: 'دیدن شمارهٔ موبایل شما', en: 'seeing your mobile number' },
  offline_access: {
    fa: 'ادامهٔ دسترسی وقتی در برنامه نیستید، تا ۳۰ روز',
    en: 'going on while you are away, for up to 30 days',
  },
  openid: { fa: 'ورود با حساب دیوار', en: 'signing in with your Divar account' },
  CONVERSATION_SEND_MESSAGE: {
    fa: 'فرستادن پیام در همین گفت‌وگو، از طرف شما',
    en: 'sending messages in this chat on your behalf',
  },
  CHAT_MESSAGE_SEND: {
    fa: 'فرستادن پیام در همین گفت‌وگو، از طرف شما',
    en: 'sending messages in this chat on your behalf',
  },
  CHAT_SEND_MESSAGE_OAUTH: {
    fa: 'فرستادن پیام در همین گفت‌وگو، از طرف شما',
    en: 'sending messages in this chat on your behalf',
  },
  CHAT_POST_CONVERSATIONS_MESSAGE_SEND: {
    fa: 'فرستادن پیام در گفت‌وگوهای این آگهی',
    en: 'sending messages in the chats of this post',
  },
  CHAT_SEND_MESSAGE_POST_CONVERSATIONS: {
    fa: 'فرستادن پیام در گفت‌وگوهای این آگهی',
    en: 'sending messages in the chats of this post',
  },
  CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND: {
    fa: 'فرستادن پیام در همهٔ گفت‌وگوهایی که فروشنده‌اید',
    en: 'sending messages in all chats where you sell',
  },
  CHAT_CONVERSATION_READ: { fa: 'خواندن پیام‌های همین گفت‌وگو', en: 'reading the messages of this chat' },
  CHAT_READ_CONVERSATION: { fa: 'خواندن پیام‌های همین گفت‌وگو', en: 'reading the messages of this chat' },
  CHAT_POST_CONVERSATIONS_READ: {
    fa: 'خواندن پیام‌های گفت‌وگوهای این آگهی',
    en: 'reading the messages of the chats of this post',
  },
  CHAT_READ_POST_CONVERSATIONS: {
    fa: 'خواندن پیام‌های گفت‌وگوهای این آگهی',
    en: 'reading the messages of the chats of this post',
  },
  CHAT_SUPPLIER_ALL_CONVERSATIONS_READ: {
    fa: 'خواندن همهٔ گفت‌وگوهایی که فروشنده‌اید',
    en: 'reading all chats where you sell',
  },
  CHAT_BOT_USER_MESSAGE_SEND: {
    fa: 'پیام دادن به شما از چت‌بات برنامه',
    en: 'writing to you from the chatbot of the app',
  },
  NOTIFICATION_ACCESS_REVOCATION: {
    fa: 'آگاه شدن از این‌که اجازه را پس گرفته‌اید',
    en: 'hearing that you have taken the permission back',
  },
  POST_ADDON_CREATE: { fa: 'افزودن اطلاعات به این آگهی', en: 'adding information to this post' },
  USER_POSTS_ADDON_CREATE: { fa: 'افزودن اطلاعات به آگهی‌های شما', en: 'adding information to your posts' },
  USER_POSTS_GET: { fa: 'دیدن فهرست آگهی‌های شما', en: 'seeing the list of your posts' },
};

/** `CONVERSATION_SEND_MESSAGE.{conversation_id}` is known by its first part. */
export function scopeName(scope: string): string {
  return /^[A-Za-z_]+?(?=\.|__|$)/.exec(scope)?.[0] ?? scope;
}

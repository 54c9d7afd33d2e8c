/**
 * What of Divar's REST API can be reached through us: the methods and paths of its current description, and the scopes that
 * let a user's token in (any one of them; none: the app's key is enough). A scope's `{name}` is the value of that name in
 * the path; where the path has none, any value may fit and Divar decides. @see PROTOCOL 3.9, 4
 */
import { formatScope, parseScope } from '../consent/scopes.ts';

export type ProxyMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

type Row = readonly [method: ProxyMethod, path: string, scopes?: readonly string[]];

const OPERATIONS: readonly Row[] = [
  ['GET', '/experimental/open-platform/balance'],
  ['DELETE', '/experimental/open-platform/business/{business_token}/customized-button'],
  [
    'POST',
    '/experimental/open-platform/business/{business_token}/customized-button',
    ['BUSINESS_CREATE_CUSTOMIZED_BUTTON.{business_token}'],
  ],
  ['POST', '/experimental/open-platform/chat/upload'],
  ['POST', '/experimental/open-platform/post/{post_token}/pay-promotion', ['PAY_USER_POST_PROMOTION']],
  ['POST', '/experimental/open-platform/post/{post_token}/publish', ['SUBMIT_USER_POST']],
  ['POST', '/experimental/open-platform/post/{post_token}/renew', ['PAYMENT_ALL_POSTS_RENEW']],
  ['POST', '/experimental/open-platform/post/{post_token}/reorder', ['PAYMENT_ALL_POSTS_REORDER']],
  ['POST', '/experimental/open-platform/posts/new-v2'],
  [
    'DELETE',
    '/experimental/open-platform/posts/{post_token}/customized-button',
    ['USER_SET_CUSTOMIZED_BUTTON'],
  ],
  [
    'POST',
    '/experimental/open-platform/posts/{post_token}/customized-button',
    ['USER_SET_CUSTOMIZED_BUTTON'],
  ],
  ['GET', '/experimental/open-platform/posts/{post_token}/stats', ['USER_POSTS_STATS_READ']],
  ['POST', '/experimental/open-platform/semantic/post/{post_token}', ['POST_SEMANTIC_CREATE.{post_token}']],
  ['GET', '/experimental/open-platform/transactions'],
  ['GET', '/experimental/open-platform/transactions/{id}'],
  ['GET', '/experimental/open-platform/user-posts/can-submit', ['SUBMIT_USER_POST']],
  ['POST', '/experimental/open-platform/user-posts/new', ['SUBMIT_USER_POST']],
  ['POST', '/v1/open-platform/addons/business/{business_token}', ['BUSINESS_ADDON_CREATE.{business_token}']],
  ['DELETE', '/v1/open-platform/addons/post/{post_token}'],
  ['DELETE', '/v1/open-platform/addons/user/{id}'],
  ['GET', '/v1/open-platform/assets/body-status'],
  ['GET', '/v1/open-platform/assets/brand-model/{category}'],
  ['GET', '/v1/open-platform/assets/category'],
  ['GET', '/v1/open-platform/assets/city'],
  ['GET', '/v1/open-platform/assets/color/{category}'],
  ['GET', '/v1/open-platform/assets/district'],
  ['GET', '/v1/open-platform/assets/district/{city_slug}'],
  ['GET', '/v1/open-platform/assets/internal-storage'],
  ['GET', '/v1/open-platform/assets/media-upload-urls'],
  ['GET', '/v1/open-platform/assets/oauth-scope'],
  ['GET', '/v1/open-platform/assets/permission'],
  ['GET', '/v1/open-platform/assets/ram-memory'],
  ['GET', '/v1/open-platform/assets/service-type'],
  ['GET', '/v1/open-platform/assets/submit-schema/{category_slug}'],
  ['POST', '/v1/open-platform/chat/bot/conversations/{conversation_id}/messages'],
  ['POST', '/v1/open-platform/chat/bot/users/{user_id}/messages', ['CHAT_BOT_USER_MESSAGE_SEND']],
  [
    'GET',
    '/v1/open-platform/chat/conversations/{conversation_id}',
    ['CHAT_CONVERSATION_READ.{conversation_id}'],
  ],
  [
    'POST',
    '/v1/open-platform/events/subscriptions',
    ['CHAT_POST_CONVERSATIONS_READ.{post_token}', 'CHAT_SUPPLIER_ALL_CONVERSATIONS_READ', 'USER_POSTS_GET'],
  ],
  ['GET', '/v1/open-platform/finder/post/{post_token}'],
  ['GET', '/v1/open-platform/finder/user-posts', ['USER_POSTS_GET']],
  ['POST', '/v1/open-platform/get-user-id-by-phone'],
  ['POST', '/v1/open-platform/payment-ticket/validate'],
  ['GET', '/v1/open-platform/post/image-upload-url'],
  ['DELETE', '/v1/open-platform/post/{post_token}', ['DELETE_USER_POST']],
  ['PUT', '/v1/open-platform/post/{post_token}', ['POST_EDIT.{post_token}']],
  ['GET', '/v1/open-platform/post/{post_token}/pricing', ['PAYMENT_ALL_POSTS_PRICING_READ']],
  ['GET', '/v1/open-platform/pro-user/profile-image', ['PRO_USER_PROFILE_IMAGE_READ']],
  ['DELETE', '/v1/open-platform/semantic/users/{divar_user_id}'],
  ['POST', '/v1/open-platform/semantic/users/{divar_user_id}', ['USER_VERIFICATION_CREATE']],
  ['POST', '/v1/open-platform/user-payments', ['SUBMIT_USER_PAYMENT']],
  ['GET', '/v1/open-platform/user-post/{post_token}', ['USER_POSTS_GET']],
  ['GET', '/v1/open-platform/user/businesses', ['USER_BUSINESSES_READ']],
  ['GET', '/v1/open-platform/users', ['USER_ID', 'USER_PHONE']],
  [
    'POST',
    '/v2/open-platform/addons/post/{post_token}',
    ['POST_ADDON_CREATE.{post_token}', 'USER_POSTS_ADDON_CREATE'],
  ],
  ['POST', '/v2/open-platform/addons/user/{phone}', ['USER_ADDON_CREATE']],
  ['POST', '/v2/open-platform/addons/users/{divar_user_id}', ['USER_ADDON_CREATE']],
  [
    'POST',
    '/v2/open-platform/conversations/{conversation_id}/messages',
    [
      'CHAT_POST_CONVERSATIONS_MESSAGE_SEND.{post_token}',
      'CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND',
      'CONVERSATION_SEND_MESSAGE.{conversation_id}',
    ],
  ],
  ['POST', '/v2/open-platform/finder/post'],
  ['GET', '/v2/open-platform/post/upload-urls'],
  ['PUT', '/v2/open-platform/post/{post_token}', ['EDIT_USER_POST', 'POST_EDIT.{post_token}']],
];

/** These go into the line of their conversation, as every other message does. */
const SENDS: Record<string, SendKind> = {
  '/v2/open-platform/conversations/{conversation_id}/messages': 'conversation',
  '/v1/open-platform/chat/bot/conversations/{conversation_id}/messages': 'bot_conversation',
  '/v1/open-platform/chat/bot/users/{user_id}/messages': 'bot_user',
};
export type SendKind = 'conversation' | 'bot_conversation' | 'bot_user';

export interface Operation {
  method: ProxyMethod;
  /** Spelled anew from what was understood, so that nobody behind us understands it differently. */
  path: string;
  /** Decoded. */
  params: Readonly<Record<string, string>>;
  scopes: readonly string[];
  send: SendKind | undefined;
}

interface Known {
  method: ProxyMethod;
  segments: readonly string[];
  scopes: readonly string[];
  send: SendKind | undefined;
}

const KNOWN: readonly Known[] = OPERATIONS.map(([method, path, scopes = []]) => ({
  method,
  segments: path.slice(1).split('/'),
  scopes,
  send: method === 'POST' ? SENDS[path] : undefined,
}));

/** Every method and path, for the reference. */
export function listOperations(): readonly Row[] {
  return OPERATIONS;
}

/** `methods`: what the path takes when it does not take this one; empty when there is no such path. */
export function findOperation(
  method: string,
  rawPath: string,
): Operation | { methods: readonly ProxyMethod[] } {
  const segments = rawPath.slice(1).split('/');
  const matches = KNOWN.flatMap((known) => {
    const params = matchSegments(known.segments, segments);
    return params ? [{ known, params }] : [];
  });
  const match = matches.find(({ known }) => known.method === method);
  if (!match) return { methods: matches.map(({ known }) => known.method) };
  const { known, params } = match;
  const path = known.segments.map((segment) => encodeURIComponent(params[nameOf(segment) ?? ''] ?? segment));
  return { method: known.method, path: `/${path.join('/')}`, params, scopes: known.scopes, send: known.send };
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    const name = nameOf(part);
    if (name === undefined) {
      if (part !== segment) return undefined;
    } else {
      const value = decodeSegment(segment);
      if (value === undefined) return undefined;
      params[name] = value;
    }
  }
  return params;
}

function nameOf(segment: string): string | undefined {
  return segment.startsWith('{') ? segment.slice(1, -1) : undefined;
}

const MAX_SEGMENT_LENGTH = 300;

/** Undefined for what is no id. Divar's user ids hold `/`, `+` and `=`, encoded; parts made of dots would climb out of their
 *  place wherever somebody decodes too early, and a second layer of encoding is somebody's trick. */
function decodeSegment(segment: string): string | undefined {
  if (segment === '' || segment.length > MAX_SEGMENT_LENGTH) return undefined;
  let value: string;
  try {
    value = decodeURIComponent(segment);
  } catch {
    return undefined;
  }
  const isProper = /^[\x21-\x7e]+$/.test(value) && !/[\\%?#;]/.test(value);
  return isProper && !value.split('/').some((part) => part === '' || part === '.' || part === '..')
    ? value
    : undefined;
}

/** Whether a grant with these scopes may be let through: true unless it is certain that Divar would refuse it. */
export function isCovered(
  { scopes, params }: Pick<Operation, 'scopes' | 'params'>,
  granted: readonly string[],
) {
  const held = granted.map(parseScope);
  return scopes.some((text) => {
    const wanted = parseScope(text);
    const value = wanted.id === undefined ? undefined : params[nameOf(wanted.id) ?? ''];
    return held.some(
      ({ name, id }) =>
        name === wanted.name &&
        (wanted.id === undefined ? id === undefined : value === undefined || id === value),
    );
  });
}

/** What the user would have to be asked for: the narrowest that fits, in our syntax. */
export function missingScope({ scopes, params }: Pick<Operation, 'scopes' | 'params'>): string | undefined {
  for (const text of [...scopes].reverse()) {
    const { name, id } = parseScope(text);
    const value = id === undefined ? undefined : params[nameOf(id) ?? ''];
    if (id === undefined || value !== undefined) return formatScope({ name, id: value });
  }
  return undefined;
}

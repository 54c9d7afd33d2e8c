/** What a member who may not read contents sees of them: that something is there, and nothing of it. Done here, so that
 *  what is hidden never leaves the gateway. @see ADMINUI G12 */

type Fields = Record<string, unknown>;

/** Stands in the place of a text. */
export const MASKED = '•••';

/** By field, what becomes of a value that is not null; fields that are not named stay. */
type Mask = Readonly<Record<string, (value: unknown) => unknown>>;

const hideText = () => MASKED;
const hideFields = () => ({});
const hideList = () => [];
const drop = () => undefined;
const none = () => null;
/** Without the id of the chat or the person that it is for. */
const nameScopes = (value: unknown) => (value as string[]).map((scope) => scope.split('.')[0]);
const inside =
  (mask: Mask) =>
  (value: unknown): unknown =>
    applyMask(mask, value);
const inEach =
  (mask: Mask) =>
  (value: unknown): unknown =>
    (value as unknown[]).map((one) => applyMask(mask, one));

/** A path or a query may hold a secret of the receiver. */
const nameOrigin = (value: unknown) => new URL(value as string).origin;

const PERSON: Mask = { id: hideText };

const MASKS = {
  session: {
    user: inside(PERSON),
    peer: inside(PERSON),
    conversation_id: hideText,
    data: hideFields,
    location: none,
    scopes: nameScopes,
    // Whoever holds it can end the visit.
    return_url: hideText,
  },
  message: {
    text: hideText,
    chatbot: hideFields,
    sender_buttons: hideList,
    receiver_buttons: hideList,
    metadata: hideFields,
  },
  conversation: {
    divar_id: hideText,
    v1: inside({ user_id: hideText, peer_id: hideText }),
  },
  chat_message: {
    id: hideText,
    text: hideText,
    image: drop,
    file: drop,
    voice: drop,
    location: drop,
    video: drop,
    contact: drop,
  },
  grant: { user_id: hideText, scopes: nameScopes },
  event: { data: hideFields },
  endpoint: { url: nameOrigin },
  delivery: {
    url: nameOrigin,
    request_body: hideText,
    attempt_list: inEach({ answer: hideText, request: none }),
  },
} satisfies Record<string, Mask>;

export type MaskName = keyof typeof MASKS;

/** A reply, or a page of them. */
export function maskReply(name: MaskName, body: unknown): unknown {
  const mask: Mask = MASKS[name];
  const { data } = Object(body) as Fields;
  return Array.isArray(data) ? { ...(body as Fields), data: inEach(mask)(data) } : applyMask(mask, body);
}

function applyMask(mask: Mask, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([field, one]) => {
    const hide = one === null || one === undefined ? undefined : mask[field];
    return [field, hide ? hide(one) : one] as const;
  });
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}

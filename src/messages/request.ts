/** What a tenant may ask us to send. Everything that depends on the request alone is checked here, and all of it is told at
 *  once; what depends on the app is in `lint.ts`. @see CONTRACT section 5, PROTOCOL 4.3 */
import { z } from 'zod';
import { LANES, ON_MISSING_CONSENT, ON_UNKNOWN } from './messages.ts';

/** Divar states no length. Longer than any chat message a person reads. */
const MAX_TEXT_CHARACTERS = 4096;
/** Divar states no length; a button shows about so much. PROTOCOL 4.3 */
const MAX_CAPTION_CHARACTERS = 30;
/** Divar: 3 rows of 3. PROTOCOL 4.3 */
const MAX_ROWS = 3;
const MAX_BUTTONS_IN_ROW = 3;
const MAX_URL_CHARACTERS = 2048;
/** Kept 180 days behind a reference. */
const MAX_DATA_BYTES = 4096;
const MAX_METADATA_BYTES = 4096;
/** Divar's conversation ids have at most 64 characters, its user ids 44. PROTOCOL 0.3 */
const MAX_DIVAR_ID_CHARACTERS = 200;

type Parsing = { value: unknown };

/** Zod skips a check once anything inside the value is wrong; these run anyway, so that one answer tells everything. */
const always = (message: string, path?: PropertyKey[]) => ({
  error: message,
  when: ({ value }: Parsing) => typeof value === 'object' && value !== null,
  ...(path ? { path } : {}),
});

const isAbsent = (value: unknown) => value === undefined || value === null;
const jsonBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '');
/** Half a surrogate pair and NUL exist in JSON, but in no text. */
const isProperText = (text: string) => !/[\p{Cs}\0]/u.test(text);
/** What a person sees: marks and joiners, which Persian needs, take no room. */
const visibleCount = (text: string) => [...text.replaceAll(/[\p{Cf}\p{Mn}]/gu, '')].length;

const ProperText = z.string().refine(isProperText, 'Not a proper text: NUL or half a surrogate pair');

const Caption = ProperText.max(4 * MAX_CAPTION_CHARACTERS)
  .refine((text) => text.trim() !== '', 'Must not be blank')
  .refine(
    (text) => visibleCount(text) <= MAX_CAPTION_CHARACTERS,
    `At most ${MAX_CAPTION_CHARACTERS} visible characters`,
  );

const OpenUrl = ProperText.max(MAX_URL_CHARACTERS).refine(
  isWebAddress,
  'Must be an absolute https address without user information',
);

/** `http` passes here: where it is allowed depends on the installation. */
function isWebAddress(text: string): boolean {
  if (!URL.canParse(text) || !/^https?:\/\//i.test(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

const Data = z
  .record(z.string(), z.unknown())
  .refine((data) => jsonBytes(data) <= MAX_DATA_BYTES, `At most ${MAX_DATA_BYTES} bytes of JSON`);
const PostToken = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'Not a post token');

const Action = z
  .strictObject({
    open_url: OpenUrl.optional(),
    open_session: z.strictObject({ data: Data, page: z.string().min(1).max(100).optional() }).optional(),
    ask: z.strictObject({ data: Data }).optional(),
    open_post: PostToken.optional(),
    open_post_manage: PostToken.optional(),
  })
  .refine(
    (action) => Object.values(action).filter((value) => value !== undefined).length === 1,
    always('Exactly one of open_url, open_session, ask, open_post, open_post_manage'),
  );

const Button = z
  .strictObject({
    caption: Caption,
    icon: z
      .string()
      .regex(/^[A-Z0-9_]{1,64}$/, "A name of Divar's icons, such as TERMS")
      .nullish(),
    action: Action,
  })
  .meta({ id: 'Button' });

const atMost = (maxCount: number, of: string) =>
  [(list: unknown[]) => list.length <= maxCount, always(`At most ${maxCount} ${of}`)] as const;

const Row = z
  .array(Button)
  .refine((row) => row.length > 0, always('Must not be empty'))
  .refine(...atMost(MAX_BUTTONS_IN_ROW, 'buttons in a row'))
  .meta({ minItems: 1, maxItems: MAX_BUTTONS_IN_ROW });
const Grid = z
  .array(Row)
  .refine(...atMost(MAX_ROWS, 'rows'))
  .meta({ maxItems: MAX_ROWS });

const Metadata = z
  .record(z.string().min(1).max(64), ProperText)
  .refine(
    (metadata) => jsonBytes(metadata) <= MAX_METADATA_BYTES,
    `At most ${MAX_METADATA_BYTES} bytes of JSON`,
  );

const content = {
  text: ProperText.max(MAX_TEXT_CHARACTERS).nullish(),
  media_id: z.string().min(1).max(64).nullish(),
  sender_buttons: Grid.default([]),
  receiver_buttons: Grid.default([]),
  lane: z.enum(LANES).default('reply'),
  on_unknown: z.enum(ON_UNKNOWN).default('hold'),
  on_missing_consent: z.enum(ON_MISSING_CONSENT).default('fail'),
  expires_at: z.iso.datetime({ offset: true }).nullish(),
  metadata: Metadata.nullish(),
};

type Content = { text?: unknown; media_id?: unknown };
const hasText = ({ text }: Content) => typeof text === 'string' && text.trim() !== '';
const textXorMedia = [
  (body: Content) => hasText(body) || !isAbsent(body.media_id),
  always('Either text or media_id is required', ['text']),
] as const;
const notBoth = [
  (body: Content) => !hasText(body) || isAbsent(body.media_id),
  always('Text or media, not both', ['media_id']),
] as const;

/** Goes into a path of Divar's API: two ids, made of dots, would leave their segment. */
const DivarId = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'Printable ASCII without spaces')
  .max(MAX_DIVAR_ID_CHARACTERS)
  .refine((id) => id !== '.' && id !== '..', 'Not an id');

const Chatbot = z
  .strictObject({ conversation_id: DivarId.optional(), user_id: DivarId.optional() })
  .refine(
    (bot) => isAbsent(bot.conversation_id) !== isAbsent(bot.user_id),
    always('Exactly one of conversation_id, user_id'),
  );

const recipient = {
  session_id: z.string().min(1).max(64).nullish(),
  conversation_id: DivarId.nullish(),
  grant_id: z.string().min(1).max(64).nullish(),
  chatbot: Chatbot.nullish(),
};
type Recipient = { session_id?: unknown; conversation_id?: unknown; grant_id?: unknown; chatbot?: unknown };
const oneRecipient = [
  (body: Recipient) =>
    [body.session_id, body.conversation_id, body.chatbot].filter((value) => !isAbsent(value)).length === 1,
  always('Exactly one of session_id, conversation_id, chatbot'),
] as const;
const grantOfConversation = [
  (body: Recipient) => isAbsent(body.grant_id) || !isAbsent(body.conversation_id),
  always('Only together with conversation_id', ['grant_id']),
] as const;

export const MessageRequest = z
  .strictObject({ ...recipient, ...content })
  .refine(...oneRecipient)
  .refine(...grantOfConversation)
  .refine(...textXorMedia)
  .refine(...notBoth)
  .meta({ id: 'MessageRequest' });
export type MessageRequest = z.infer<typeof MessageRequest>;

/** The message of `POST /v1/sessions/{id}/complete`: the session is its recipient. */
export const CompletionMessage = z
  .strictObject(content)
  .refine(...textXorMedia)
  .refine(...notBoth)
  .meta({ id: 'CompletionMessage' });
export type CompletionMessage = z.infer<typeof CompletionMessage>;

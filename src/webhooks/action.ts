/** The dynamic action: Divar asks what a click does, the tenant answers, the user waits. @see PROTOCOL 2.9, CONTRACT 7 */
import { z } from 'zod';
import { type JsonObject, objectOf, textOf, wordOf } from '../events/fields.ts';
import type { Side } from '../session/session.ts';
import type { App } from '../tenants/tenants.ts';

/** Of the tenant's whole answer. @see CONTRACT section 7 */
export const ANSWER_TIMEOUT_MS = 800;
/** Of everything, our own database included: Divar's patience is about two seconds. */
export const PATIENCE_MS = 1500;
export const MAX_ANSWER_BYTES = 64 * 1024;

const DEFAULT_FALLBACK = 'الان پاسخی دریافت نشد. لطفاً کمی بعد دوباره امتحان کنید.';

/** What Divar tells of a click. */
export interface Click {
  touchpoint: string | null;
  conversationId: string | null;
  postToken: string | null;
  user: { id: string | null; side: Side | null };
  /** As Divar brings it: usually a reference of ours. */
  data: JsonObject;
}

export function readClick(body: JsonObject): Click {
  const side = wordOf(body.user_side);
  return {
    touchpoint: textOf(body.touchpoint) ?? textOf(body.source),
    conversationId: textOf(body.conversation_id),
    postToken: textOf(body.post_token),
    user: { id: textOf(body.user_id), side: side === 'supply' || side === 'demand' ? side : null },
    data: objectOf(body.extra_data) ?? objectOf(body.provider_data) ?? {},
  };
}

/** What the tenant is asked. `data` is its own, wherever a reference of ours stood for it. */
export function askText(app: Pick<App, 'id'>, click: Click, data: JsonObject): string {
  return JSON.stringify({
    type: 'dynamic_action',
    app_id: app.id,
    touchpoint: click.touchpoint,
    conversation_id: click.conversationId,
    post_token: click.postToken,
    user: click.user,
    data,
  });
}

const ActionAnswer = z
  .object({
    action: z
      .union([
        z.strictObject({ open_url: z.url({ protocol: /^https?$/ }).max(2048) }),
        z.strictObject({
          open_session: z.strictObject({
            data: z.record(z.string(), z.unknown()).default({}),
            page: z.string().optional(),
          }),
        }),
      ])
      .nullish(),
    text_message: z.string().trim().min(1).max(1000).nullish(),
  })
  .refine(({ action, text_message }) => action != null || text_message != null);
export type ActionAnswer = z.infer<typeof ActionAnswer>;

/** Undefined for what is no answer: the user gets the fallback then. */
export function readAnswer(
  reply: { status: number; body: Buffer },
  { pages, isAllowedUrl }: { pages: App['landing']['pages']; isAllowedUrl: (url: string) => boolean },
): ActionAnswer | undefined {
  if (reply.status !== 200) return undefined;
  const parsed = ActionAnswer.safeParse(parseJson(reply.body));
  if (!parsed.success) return undefined;
  const { action } = parsed.data;
  if (action && 'open_url' in action && !isAllowedUrl(action.open_url)) return undefined;
  if (action && 'open_session' in action && !isKnownPage(pages, action.open_session.page)) return undefined;
  return parsed.data;
}

function isKnownPage(pages: App['landing']['pages'], page: string | undefined): boolean {
  return page === undefined || Object.hasOwn(pages, page);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Divar's words. `reference`: what stands for the data of a session that is to be opened. */
export function renderAnswer(
  { action, text_message }: ActionAnswer,
  reference: string | undefined,
): JsonObject {
  const text = text_message == null ? {} : { text_message };
  if (action == null) return text;
  if ('open_url' in action) return { action: { open_direct_link: action.open_url }, ...text };
  return { action: { open_server_link: { data: { ref: reference } } }, ...text };
}

export function fallbackAnswer(app: Pick<App, 'actionFallbackText'>): JsonObject {
  return { text_message: app.actionFallbackText ?? DEFAULT_FALLBACK };
}

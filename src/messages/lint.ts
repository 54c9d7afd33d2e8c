/** What a message may be depends on its app too: the generation, the pages, the installation's addresses. @see CONTRACT 5 */
import type { ProblemIssue } from '../errors.ts';
import type { App } from '../tenants/tenants.ts';

export interface LintContext {
  app: Pick<App, 'generation' | 'landing'>;
  /** For addresses that are not https: those that `EGRESS_ALLOW` and `PUBLIC_URL` let through. */
  isAllowedUrl: (url: string) => boolean;
  now: Date;
}

/** v1 knows one button a side with one of these. PROTOCOL 4.1 */
const V1_ACTIONS = ['open_url', 'open_session'];

/**
 * All issues of a message request for this app, with their paths below `at`. Takes anything: what has the wrong shape is
 * passed over, because the schema speaks of it.
 */
export function lintMessage(request: unknown, context: LintContext, at = 'body'): ProblemIssue[] {
  const body = asObject(request);
  return [...lintWhole(body, context), ...SIDES.flatMap((side) => lintSide(body, side, context))].map(
    ([path, code, message]) => ({ path: `${at}.${path}`, code, message }),
  );
}

type Issue = [path: string, code: string, message: string];
const SIDES = ['sender_buttons', 'receiver_buttons'];

function* lintWhole(body: Record<string, unknown>, { app, now }: LintContext): Iterable<Issue> {
  const isForBot = typeof body.chatbot === 'object' && body.chatbot !== null;
  if (isForBot && app.generation === 'v1')
    yield ['chatbot', 'not_in_generation', 'Chatbots exist in the second generation only'];
  const { conversation_id: id } = body;
  if (app.generation === 'v1' && typeof id === 'string' && !id.startsWith('cnv_'))
    yield ['conversation_id', 'not_in_generation', 'In the first generation only cnv_ ids exist'];
  if (isForBot && asList(body.sender_buttons).length > 0)
    yield ['sender_buttons', 'not_for_chatbot', 'Chatbot messages carry their buttons in receiver_buttons'];
  if (typeof body.media_id === 'string' && app.generation === 'v1')
    yield ['media_id', 'not_in_generation', 'Media exist in the second generation only'];
  if (typeof body.expires_at === 'string' && Date.parse(body.expires_at) <= now.getTime())
    yield ['expires_at', 'in_past', 'Lies in the past'];
}

function lintSide(body: Record<string, unknown>, side: string, context: LintContext): Issue[] {
  const rows = asList(body[side]);
  const issues = actionsOf(rows, side).flatMap(([path, action]) => [...lintAction(path, action, context)]);
  if (context.app.generation === 'v1' && rows.flatMap(asList).length > 1)
    issues.unshift([side, 'too_many_buttons', 'The first generation knows one button a side']);
  return issues;
}

function actionsOf(
  rows: readonly unknown[],
  side: string,
): [path: string, action: Record<string, unknown>][] {
  return rows.flatMap((row, rowIndex) =>
    asList(row).map((button, index): [string, Record<string, unknown>] => [
      `${side}.${rowIndex}.${index}.action`,
      asObject(asObject(button).action),
    ]),
  );
}

function* lintAction(
  path: string,
  action: Record<string, unknown>,
  { app, isAllowedUrl }: LintContext,
): Iterable<Issue> {
  const { page } = asObject(action.open_session);
  if (typeof page === 'string' && !Object.hasOwn(app.landing.pages, page))
    yield [`${path}.open_session.page`, 'unknown_page', "Is not one of the app's landing.pages"];
  const url = action.open_url;
  if (typeof url === 'string' && /^http:/i.test(url) && !isAllowedUrl(url))
    yield [`${path}.open_url`, 'url_not_allowed', 'Must be an https address'];
  const foreign = Object.keys(action).find((name) => !V1_ACTIONS.includes(name));
  if (app.generation === 'v1' && foreign !== undefined)
    yield [`${path}.${foreign}`, 'not_in_generation', 'The first generation knows open_url and open_session'];
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The API reference: one page without scripts, out of the OpenAPI document and the tables that the code itself uses. */
import { createHash } from 'node:crypto';
import { CAUSES, causeOf, DELIVERY_CODES, type TroubleKind } from '../admin/causes.ts';
import { PROBLEMS } from '../errors.ts';
import type { Route } from '../http/route.ts';
import { MESSAGE_CODES } from '../messages/messages.ts';
import { listOperations } from '../proxy/operations.ts';
import {
  anchorOf,
  code,
  escapeHtml,
  type JsonSchema,
  type Operation,
  pre,
  prose,
  renderOperation,
  renderSchema,
  table,
} from './docs-html.ts';
import { DOCS_STYLE } from './docs-style.ts';
import { renderWebhooks } from './docs-webhooks.ts';

export interface OpenApiDocument {
  info: { title: string; version: string };
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, JsonSchema> };
}

/** Of the style, for the policy of the page. */
export const docsStyleHash = `sha256-${createHash('sha256').update(DOCS_STYLE).digest('base64')}`;

/** The panel has a reference of its own: its screens. */
export function isDocumented({ path }: Pick<Route, 'path'>): boolean {
  return !path.startsWith('/admin');
}

export function renderDocs(
  document: OpenApiDocument,
  { routes, publicUrl }: { routes: readonly Route[]; publicUrl: string },
): string {
  const operations = listTagged(document);
  const tags = [...new Set(operations.map(({ tag }) => tag))].sort();
  const sections = tags.map((tag) => renderTag(tag, operations));
  const title = `${document.info.title} API`;
  return `<!doctype html>
<html lang="en" dir="ltr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title><style>${DOCS_STYLE}</style></head>
<body><div class="page">${renderNav(tags)}<main>
<h1>${escapeHtml(title)}</h1>
<p class="muted">Version ${escapeHtml(document.info.version)}. The same as a document for programs: <a href="/v1/openapi.json">/v1/openapi.json</a> (OpenAPI 3.1).</p>
${renderConventions(publicUrl)}
${sections.join('\n')}
${renderProxy()}
${renderWebhooks()}
${renderProblems()}
${renderMessageCodes()}
${renderDeliveryCodes()}
${renderAddresses(routes)}
${renderSchemas(document.components.schemas)}
</main></div></body></html>`;
}

interface TaggedOperation {
  method: string;
  path: string;
  tag: string;
  operation: Operation;
}

/** What has no tag of its own stands under the resource of its path. */
function listTagged({ paths }: OpenApiDocument): TaggedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, given]) => {
      const operation = given as Operation;
      const tag = operation.tags?.[0] ?? path.split('/')[2] ?? '';
      return { method: method.toUpperCase(), path, tag, operation };
    }),
  );
}

function renderTag(tag: string, operations: readonly TaggedOperation[]): string {
  const own = operations.filter((one) => one.tag === tag);
  return [
    `<h2 id="${anchorOf('resource', tag)}">${escapeHtml(tag)}</h2>`,
    ...own.map(({ method, path, operation }) => renderOperation(method, path, operation)),
  ].join('\n');
}

function renderNav(tags: readonly string[]): string {
  const links = (items: readonly (readonly [anchor: string, text: string])[]) =>
    `<ul>${items.map(([anchor, text]) => `<li><a href="#${anchor}">${escapeHtml(text)}</a></li>`).join('')}</ul>`;
  return `<nav aria-label="Contents">${links([['conventions', 'Conventions']])}${links(
    tags.map((tag) => [anchorOf('resource', tag), tag] as const),
  )}${links([
    ['divar', "Divar's API through us"],
    ['webhooks', 'Webhooks'],
    ['webhooks-verify', 'Check a signature'],
    ['events', 'Events'],
    ['problems', 'Problems'],
    ['message-codes', 'Codes of messages'],
    ['addresses', 'Other addresses'],
    ['schemas', 'Schemas'],
  ])}</nav>`;
}

function renderConventions(publicUrl: string): string {
  const example = `curl ${publicUrl}/v1/messages \\
  -H 'Authorization: Bearer pvd_live_...' -H 'Idempotency-Key: order-A-17' \\
  -H 'Content-Type: application/json' \\
  -d '{"session_id": "ses_...", "text": "سفارش شما ثبت شد"}'`;
  const rules = [
    'JSON in and out, members in snake_case, instants in RFC 3339 UTC, ids with a prefix that says what they are. Replies may get new members at any time.',
    'Authenticate with `Authorization: Bearer pvd_live_...` (sandbox apps: `pvd_test_...`). A key has scopes: `*`, or `<resource>:read` and `<resource>:write`; write includes read.',
    'Every `POST` takes an `Idempotency-Key`, kept for seven days per app: the same request again gets the first reply.',
    'Lists take `limit` (1 to 100) and `cursor`, and answer `{"data": [], "next_cursor": null}`, newest first; `/v1/events` oldest first.',
    'Every answer tells the rate (`RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset`) and its `X-Request-Id`. 429 and 503 say `Retry-After`.',
    'Errors are `application/problem+json` (RFC 9457) with a stable `code`, and all that is wrong at once in `errors`.',
  ];
  return `<h2 id="conventions">Conventions</h2>${rules.map((rule) => `<p>${prose(rule)}</p>`).join('')}${pre(example)}`;
}

function renderProxy(): string {
  const rows = listOperations().map(([method, path, scopes = []]) => [
    `<span class="method">${method}</span> ${code(`/v1/divar${path}`)}`,
    scopes.length === 0
      ? '<span class="muted">the key of the app alone</span>'
      : scopes.map(code).join(' or '),
  ]);
  const rules = [
    'The official Kenar SDKs work with three things changed: the host (`<this host>/v1/divar`), `X-API-Key` (a key of ours with the scope `divar:read` or `divar:write`), and the token: `Bearer grt_...` names a grant, `Bearer ses_...` a visit.',
    'Sends into conversations and chatbots become messages in the line of their conversation and are answered in the words of Divar; `X-Peyvand-Message-Id` names the message. When the outcome is not known in time the answer is the problem `outcome_unknown` with `message_id`: do not send it again.',
    'Bodies up to 1 MiB; redirects are not followed; the budget of the app counts.',
  ];
  return `<h2 id="divar">Divar's API through us</h2>${rules.map((rule) => `<p>${prose(rule)}</p>`).join('')}${table(['Call', 'Needs'], rows)}`;
}

function renderProblems(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([name, { status, title, retryable }]) =>
      `<tr id="problem-${name}"><td>${code(name)}</td><td>${status}</td><td>${escapeHtml(title)}</td><td>${retryable ? 'yes' : 'no'}</td></tr>`,
  );
  return `<h2 id="problems">Problems</h2><p>${prose(
    '`retryable`: the same request may succeed later, after `Retry-After` where there is one.',
  )}</p><div class="scroll"><table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th><th>Retryable</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function renderMessageCodes(): string {
  const rows = Object.entries(MESSAGE_CODES).map(([name, meaning]) => [
    code(name),
    escapeHtml(meaning),
    escapeHtml(fixOf('message', name)),
  ]);
  return `<h2 id="message-codes">Codes of messages</h2><p>Why a message failed, or waits.</p>${table(['Code', 'Meaning', 'What to do'], rows)}`;
}

function renderDeliveryCodes(): string {
  const rows = DELIVERY_CODES.map((name) => [
    code(name),
    escapeHtml(CAUSES[causeOf('delivery', name)].en.cause),
    escapeHtml(fixOf('delivery', name)),
  ]);
  return `<h2 id="delivery-codes">Codes of deliveries</h2><p>Why an attempt failed, or a delivery ended.</p>${table(['Code', 'Meaning', 'What to do'], rows)}`;
}

/** What the panel says too. */
function fixOf(kind: TroubleKind, name: string): string {
  const key = causeOf(kind, name);
  return key === 'other' ? '' : CAUSES[key].en.fix;
}

function renderAddresses(routes: readonly Route[]): string {
  const rows = routes
    .filter((route) => isDocumented(route) && !route.path.startsWith('/v1/'))
    .map(({ method, path, summary }) => [
      `<span class="method">${method}</span> ${code(path)}`,
      escapeHtml(summary),
    ]);
  return `<h2 id="addresses">Other addresses</h2><p>What Divar, its users and everybody else open.</p>${table(['Address', ''], rows)}`;
}

function renderSchemas(schemas: Record<string, JsonSchema>): string {
  const shown = Object.entries(schemas).map(
    ([name, schema]) =>
      `<h3 id="${anchorOf('schema', name)}">${escapeHtml(name)}</h3>${renderSchema(schema)}`,
  );
  return `<h2 id="schemas">Schemas</h2>${shown.join('\n')}`;
}

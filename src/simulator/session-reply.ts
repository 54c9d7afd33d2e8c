import { isSecureUrl } from './authorize.ts';
import { userIdOf } from './identities.ts';
import type { App, Generation } from './world.ts';

/** Something Divar, or a careful reader of its rules, holds against a reply. */
export interface Finding {
  code: string;
  message: string;
}

export interface SeenReply {
  status: number;
  contentType: string;
  text: string;
}

const finding = (code: string, message: string): Finding => ({ code, message });

const readObject = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

/** The fields a reply has, by the generation of the request (PROTOCOL.md 2.6). */
const FIELDS: Record<Generation, string[]> = {
  v1: ['status', 'message', 'url'],
  mid: ['status', 'message', 'url'],
  v2: ['url'],
};

const judgeShape = (body: Record<string, unknown>, generation: Generation): Finding[] => {
  const findings: Finding[] = [];
  const wanted = FIELDS[generation];
  for (const name of Object.keys(body))
    if (!wanted.includes(name)) findings.push(finding('extra_field', `${name} is not part of this reply`));
  if (generation === 'v2') return findings;
  if (typeof body.status !== 'string') findings.push(finding('status_field', 'status must be a string'));
  else if (body.status !== '200')
    findings.push(finding('refused', `the add-on answered status ${body.status}`));
  if (typeof body.message !== 'string') findings.push(finding('message_field', 'message must be a string'));
  return findings;
};

/** A handle that cannot be guessed: 22 characters of Base64 are 128 bits. */
const HANDLE_MIN_CHARS = 22;

/** A shorter key could stand in an address by chance. */
const SECRET_MIN_CHARS = 8;

const secretsOf = (app: App): string[] =>
  [app.identificationKey, app.clientSecret, ...app.apiKeys.map((one) => one.key)].filter(
    (secret) => secret.length >= SECRET_MIN_CHARS,
  );

const judgeUrl = (url: unknown, app: App, ids: string[]): Finding[] => {
  if (url === undefined) return [finding('url_missing', 'the reply has no url')];
  if (!isSecureUrl(url)) return [finding('url_form', 'url must be an absolute https address')];
  const shown = [url, decodeURIComponent(url.replace(/%(?![0-9a-f]{2})/gi, '%25'))];
  const visible = (value: string) => value !== '' && shown.some((text) => text.includes(value));
  const findings: Finding[] = [];
  if (ids.some(visible)) findings.push(finding('id_in_url', 'url shows an id'));
  if (secretsOf(app).some(visible)) findings.push(finding('secret_in_url', 'url shows a key'));
  const parsed = new URL(url);
  const parts = [...parsed.pathname.split('/'), ...parsed.searchParams.values()];
  if (!parts.some((part) => part.length >= HANDLE_MIN_CHARS))
    findings.push(finding('weak_handle', 'url carries no handle of 128 bits'));
  return findings;
};

export interface Verdict {
  problems: Finding[];
  reply: unknown;
  url?: string;
}

/** Judges the reply to a session request as strictly as Divar may. */
export const judgeSessionReply = (
  seen: SeenReply,
  app: App,
  generation: Generation,
  ids: string[],
): Verdict => {
  const problems: Finding[] = [];
  if (seen.status !== 200) problems.push(finding('http_status', `answered ${seen.status}`));
  if (!/^application\/(json|[\w.-]+\+json)\b/i.test(seen.contentType))
    problems.push(finding('content_type', `answered ${seen.contentType || 'no content type'}`));
  const body = readObject(seen.text);
  if (!body)
    return {
      problems: [...problems, finding('not_json', 'the reply is not a JSON object')],
      reply: seen.text,
    };
  if (seen.status === 200) problems.push(...judgeShape(body, generation), ...judgeUrl(body.url, app, ids));
  const opens = problems.every((one) => !STOPPERS.has(one.code)) && typeof body.url === 'string';
  return { problems, reply: body, ...(opens ? { url: body.url as string } : {}) };
};

/** Findings with which Divar cannot open a page at all; the others are told, and the page opens. */
const STOPPERS = new Set(['http_status', 'not_json', 'refused', 'url_missing', 'url_form']);

/** Ids that must not stand in an address. */
export const idsOf = (app: App, post: string, conversation: string | undefined): string[] => [
  ...(['seller', 'buyer'] as const).flatMap((side) => [
    userIdOf(app.slug, 'v1', side),
    userIdOf(app.slug, 'v2', side),
  ]),
  post,
  conversation ?? '',
];

const judgeText = ({ action, text_message: text }: Record<string, unknown>): Finding[] => {
  if (action === undefined && text === undefined)
    return [finding('empty_action', 'neither action nor text_message')];
  return text === undefined || typeof text === 'string'
    ? []
    : [finding('text_message', 'text_message must be a string')];
};

const judgeAction = (action: unknown): Finding[] => {
  if (action === undefined) return [];
  const entries = typeof action === 'object' && action !== null ? Object.entries(action) : [];
  const [name, value] = entries[0] ?? [];
  if (entries.length !== 1) return [finding('action_keys', 'action must have exactly one key')];
  if (name === 'open_server_link') return [];
  if (name !== 'open_direct_link') return [finding('action_kind', `${name} may not be answered here`)];
  return isSecureUrl(value)
    ? []
    : [finding('url_form', 'open_direct_link must be an absolute https address')];
};

/** Judges the reply to a dynamic action: one action, a text, or both (PROTOCOL.md 2.9). */
export const judgeActionReply = (seen: SeenReply): Verdict => {
  const problems: Finding[] = [];
  if (seen.status !== 200) problems.push(finding('http_status', `answered ${seen.status}`));
  const body = readObject(seen.text);
  if (!body)
    return {
      problems: [...problems, finding('not_json', 'the reply is not a JSON object')],
      reply: seen.text,
    };
  if (seen.status !== 200) return { problems, reply: body };
  return { problems: [...problems, ...judgeText(body), ...judgeAction(body.action)], reply: body };
};

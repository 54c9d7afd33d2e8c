/**
 * Scopes, always in our syntax `SCOPE` or `SCOPE.<id>`; Divar's spellings are made and read in `divar/`. What an app
 * writes may hold a template instead of the id, filled from the visit. @see PROTOCOL 3.1-3.3, CONTRACT section 6
 */
import { z } from 'zod';
import type { Visit } from '../session/session.ts';
import type { Generation } from '../tenants/tenants.ts';

export interface Scope {
  name: string;
  id: string | undefined;
}

/** Scope names hold single underscores only, so that `__` can only be v1's separator. */
const SCOPE_TEMPLATE =
  /^[A-Za-z]+(_[A-Za-z0-9]+)*(\.(\{conversation_id\}|\{post_token\}|[\x21-\x7a|~]{1,200}))?$/;

export const ScopeTemplate = z
  .string()
  .max(264)
  .regex(SCOPE_TEMPLATE, 'SCOPE, SCOPE.<id>, SCOPE.{conversation_id} or SCOPE.{post_token}');

/** A handle carries them: 2,000 characters stay well below the 4 KiB that every browser takes. */
const MAX_SCOPES_LENGTH = 2000;

export const ScopeTemplates = z
  .array(ScopeTemplate)
  .min(1)
  .max(20)
  .refine((scopes) => scopes.join(' ').length <= MAX_SCOPES_LENGTH, {
    message: `all together at most ${MAX_SCOPES_LENGTH} characters`,
  });

/** In v1 a conversation is named by its three ids. @see PROTOCOL 3.3 */
const V1_TRIPLE_SCOPES: ReadonlySet<string> = new Set(['CHAT_SEND_MESSAGE_OAUTH', 'CHAT_READ_CONVERSATION']);

/** The enum of Divar's OpenAPI spells them in capitals, its wire does not. @see PROTOCOL 7, row 15 */
const LOWER_CASE_NAMES: ReadonlyMap<string, string> = new Map([
  ['OFFLINE_ACCESS', 'offline_access'],
  ['OPENID', 'openid'],
]);

/** Reads both spellings: the first of `.` and `__` separates; an id equal to the name means none. */
export function parseScope(text: string): Scope {
  const separator = /\.|__/.exec(text);
  const name = separator ? text.slice(0, separator.index) : text;
  const id = separator ? text.slice(separator.index + separator[0].length) : '';
  return { name: LOWER_CASE_NAMES.get(name) ?? name, id: id === '' || id === name ? undefined : id };
}

export function formatScope({ name, id }: Scope): string {
  return id === undefined ? name : `${name}.${id}`;
}

/** The scopes of one visit: templates filled, those whose value the visit lacks left out, each once. */
export function renderScopes(
  templates: readonly string[],
  visit: Pick<Visit, 'conversationId' | 'postToken' | 'user' | 'peer'>,
  generation: Generation,
): string[] {
  const scopes = templates
    .map((template) => renderScope(template, visit, generation))
    .filter((scope) => scope !== undefined);
  return [...new Set(scopes)];
}

function renderScope(
  template: string,
  visit: Parameters<typeof renderScopes>[1],
  generation: Generation,
): string | undefined {
  const { name, id } = parseScope(template);
  const isTriple = generation === 'v1' && V1_TRIPLE_SCOPES.has(name);
  if (isTriple && (id === undefined || id === '{conversation_id}')) return fill(name, formatTriple(visit));
  if (id === '{conversation_id}') return fill(name, visit.conversationId);
  if (id === '{post_token}') return fill(name, visit.postToken);
  return formatScope({ name, id });
}

function fill(name: string, id: string | null): string | undefined {
  return id === null ? undefined : formatScope({ name, id });
}

/** `BASE64(user:post:peer)`, standard alphabet, padding kept; null when the visit lacks one of them. */
export function formatTriple(visit: Pick<Visit, 'postToken' | 'user' | 'peer'>): string | null {
  const ids = [visit.user.id, visit.postToken, visit.peer.id];
  return ids.includes(null) ? null : Buffer.from(ids.join(':')).toString('base64');
}

/** What the visit says about the conversation that scopes are asked for. */
export type ScopeContext = Pick<Visit, 'conversationId' | 'postToken' | 'user' | 'peer'>;

/**
 * True when what was granted allows all that is wanted. Wider scopes for sending count where Divar lets them: those of
 * a post or of all posts reach the visit's conversation when the user is its supplier. For reading one conversation
 * Divar takes only that conversation's scope. @see PROTOCOL 3.9, 4.2
 */
export function coversScopes(
  granted: readonly string[],
  wanted: readonly string[],
  context: ScopeContext,
): boolean {
  const held = new Set(granted.map((scope) => formatScope(parseScope(scope))));
  return wanted.every((scope) =>
    spellings(parseScope(scope), context).some((spelling) => held.has(spelling)),
  );
}

/** The scope itself and the wider ones that include it. */
function spellings(scope: Scope, context: ScopeContext): string[] {
  const own = formatScope(scope);
  if (context.user.side !== 'supply') return [own];
  const { conversationId, postToken } = context;
  const ofPost = (name: string) => (postToken === null ? [] : [formatScope({ name, id: postToken })]);
  const ofAll = 'CHAT_SUPPLIER_ALL_CONVERSATIONS_MESSAGE_SEND';
  switch (scope.name) {
    case 'CONVERSATION_SEND_MESSAGE':
      return scope.id !== undefined && scope.id === conversationId
        ? [own, ...ofPost('CHAT_POST_CONVERSATIONS_MESSAGE_SEND'), ofAll]
        : [own];
    case 'CHAT_POST_CONVERSATIONS_MESSAGE_SEND':
      return scope.id !== undefined && scope.id === postToken ? [own, ofAll] : [own];
    case 'CHAT_SEND_MESSAGE_OAUTH':
      return scope.id !== undefined && scope.id === formatTriple(context)
        ? [own, ...ofPost('CHAT_SEND_MESSAGE_POST_CONVERSATIONS')]
        : [own];
    default:
      return [own];
  }
}

/** From the fields of a form to the parts of the settings, and back to text. Pure. */
import type { PartValues } from './shapes.ts';

const textOf = (form: FormData, name: string): string => String(form.get(name) ?? '').trim();
const orNull = (text: string): string | null => (text === '' ? null : text);
const linesOf = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Persian and Arabic digits are digits; what is no number goes to the gateway as it is, and comes back as an issue. */
function numberOf(form: FormData, name: string): number | null {
  const text = textOf(form, name)
    .replace(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0))
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[٬,\s]/g, '');
  if (text === '') return null;
  return /^\d+$/.test(text) ? Number(text) : (text as unknown as number);
}

export const readIdentity = (form: FormData): PartValues['identity'] => ({
  name: textOf(form, 'name'),
  generation: textOf(form, 'generation') === 'v1' ? 'v1' : 'v2',
});

export const readKenar = (form: FormData): PartValues['kenar'] => ({
  status: textOf(form, 'status') as PartValues['kenar']['status'],
  published: form.get('published') === 'yes',
  subtitle: textOf(form, 'subtitle'),
  description: textOf(form, 'description'),
});

export const readConsent = (form: FormData): PartValues['consent'] => ({
  when: textOf(form, 'when') === 'init' ? 'init' : 'on_demand',
  scopes: [...new Set(linesOf(textOf(form, 'scopes')))],
});

export const readLanding = (form: FormData, before: PartValues['landing']): PartValues['landing'] => ({
  url: textOf(form, 'url'),
  staging_url: orNull(textOf(form, 'staging_url')),
  mode: textOf(form, 'mode') === 'fragment' ? 'fragment' : 'code',
  pages: form.has('pages') ? pagesOf(textOf(form, 'pages')) : before.pages,
});

/** `track = https://...`; a line without `=` is a name without an address, which the gateway refuses by name. */
function pagesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    linesOf(text).map((line) => {
      const at = line.indexOf('=');
      return at === -1 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
}
export const pagesText = (pages: Readonly<Record<string, string>>): string =>
  Object.entries(pages)
    .map(([name, url]) => `${name} = ${url}`)
    .join('\n');

export const readTestUsers = (form: FormData): PartValues['test_users'] => ({
  test_users: linesOf(textOf(form, 'test_users')).map((line) =>
    looksLikePhone(line) ? { phone: line } : { divar_user_id: line },
  ),
});
export const testUsersText = ({ test_users: users }: PartValues['test_users']): string =>
  users.map((user) => user.phone ?? user.divar_user_id ?? '').join('\n');

/** Digits, and what people put between them. An id of Divar has letters. */
function looksLikePhone(line: string): boolean {
  return /^[+\d\u06f0-\u06f9\u0660-\u0669\s()\u200c-]{10,20}$/.test(line);
}

export const readActions = (form: FormData): PartValues['actions'] => ({
  action_url: orNull(textOf(form, 'action_url')),
  action_fallback_text: orNull(textOf(form, 'action_fallback_text')),
});

export const readLimits = (form: FormData): PartValues['limits'] => ({
  divar_per_minute: numberOf(form, 'divar_per_minute'),
  divar_per_day: numberOf(form, 'divar_per_day'),
});

export const readPrivacy = (form: FormData): PartValues['privacy'] => ({
  contact: textOf(form, 'contact'),
  purpose: textOf(form, 'purpose'),
  keeps_days: numberOf(form, 'keeps_days'),
});

export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, inOrder) === JSON.stringify(other, inOrder);
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** A value as one line for the comparison. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(shownValue).join('\n');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, text]) => `${name} = ${shownValue(text)}`)
      .join('\n');
  return String(value);
}

/** What is allowed and probably not meant: told with the accepted message. Only what is certain enough to be of use: a
 *  warning that is often wrong is soon read by nobody. Pure. */
import { ICONS } from './icons.ts';
import type { TenantGrid } from './messages.ts';

export interface MessageWarning {
  /** JSON path into the request. */
  path: string;
  code: string;
  message: string;
}

interface Checked {
  text?: string | null | undefined;
  sender_buttons: TenantGrid;
  receiver_buttons: TenantGrid;
}

/** A person reads these; a thousand say no more than the first. */
const MAX_WARNINGS = 50;

export function findWarnings(request: Checked, at = 'body'): MessageWarning[] {
  const buttons = (['sender_buttons', 'receiver_buttons'] as const).flatMap((side) =>
    request[side].flatMap((row, rowIndex) =>
      row.flatMap((button, index) => {
        const path = `${at}.${side}.${rowIndex}.${index}`;
        return [...checkText(button.caption, `${path}.caption`), ...checkIcon(button.icon, `${path}.icon`)];
      }),
    ),
  );
  return [...checkText(request.text ?? '', `${at}.text`), ...buttons].slice(0, MAX_WARNINGS);
}

function checkIcon(icon: string | null | undefined, path: string): MessageWarning[] {
  if (icon == null || ICONS.has(icon)) return [];
  return [{ path, code: 'unknown_icon', message: "Not in Divar's list of icons: it draws a default" }];
}

/** Text in Persian is not found by search, and looks wrong in most fonts, with these. */
const CHECKS: readonly [code: string, message: string, isFound: (text: string) => boolean][] = [
  ['arabic_letters', 'Arabic ي or ك instead of Persian ی or ک', (text) => /[\u064a\u0643]/.test(text)],
  [
    'mixed_digits',
    'Digits of more than one script',
    (text) =>
      [/[0-9]/, /[\u06f0-\u06f9]/, /[\u0660-\u0669]/].filter((digits) => digits.test(withoutCodes(text)))
        .length > 1,
  ],
  ['missing_zwnj', 'A space where a zero-width non-joiner belongs, as in «می‌شود», «کتاب‌ها»', lacksJoiner],
];

function checkText(text: string, path: string): MessageWarning[] {
  return CHECKS.filter(([, , isFound]) => isFound(text)).map(([code, message]) => ({ path, code, message }));
}

/** Addresses, order numbers and the like have Latin digits in any text. */
function withoutCodes(text: string): string {
  return text
    .split(/\s+/)
    .filter((word) => !/[A-Za-z@/]/.test(word))
    .join(' ');
}

/** Prefix of a verb, known by the verb's ending; and the plural, which is no word of its own after a word. */
const VERB_PREFIX = /(?:^|[^\p{L}\p{M}\u200c])ن?می [\p{L}\u200c]+(?:م|د|ند|ید|یم)(?![\p{L}\u200c])/u;
const PLURAL = /\p{L} ها(?:ی|یی|یم|یت|یش|یمان|یتان|یشان)?(?![\p{L}\u200c])/u;

function lacksJoiner(text: string): boolean {
  return VERB_PREFIX.test(text) || PLURAL.test(text);
}

/** Numbers and dates as people read them: Persian digits and the Persian calendar, or English ones, or as somebody prefers. */
import { DEFAULT_PREFERENCES, type Preferences } from './preferences.ts';
import type { Language } from './speak.ts';

type Style = Pick<Preferences, 'calendar' | 'digits' | 'time_zone'>;

/** One for the whole page, as its language is; `LanguageProvider` draws the page anew when it changes. */
let style: Style = DEFAULT_PREFERENCES;
const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

export function setStyle(next: Style): void {
  style = next;
  made.clear();
}

function once<T extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => T): T {
  const found = made.get(key) ?? make();
  made.set(key, found);
  return found as T;
}

function digitsOf(language: Language): string {
  const isPersian = style.digits === 'auto' ? language === 'fa' : style.digits === 'persian';
  return isPersian ? 'arabext' : 'latn';
}

const localeOf = (language: Language) => (language === 'fa' ? 'fa-IR' : 'en-GB');

function numberFormat(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const locale = `${localeOf(language)}-u-nu-${digitsOf(language)}`;
  return once(`${locale}${JSON.stringify(options)}`, () => new Intl.NumberFormat(locale, options));
}

function dateFormat(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const isPersian = style.calendar === 'auto' ? language === 'fa' : style.calendar === 'persian';
  const locale = `${localeOf(language)}-u-ca-${isPersian ? 'persian' : 'gregory'}-nu-${digitsOf(language)}`;
  const { time_zone: timeZone } = style;
  return once(
    `${locale}${JSON.stringify(options)}`,
    () => new Intl.DateTimeFormat(locale, { timeZone, ...options }),
  );
}

export function formatCount(value: number, language: Language): string {
  return numberFormat(language, {}).format(value);
}

/** @param share 0 to 1. Never rounded up to a hundred per cent that was not reached. */
export function formatPercent(share: number, language: Language): string {
  const floored = Math.floor(share * 10_000) / 10_000;
  return numberFormat(language, { style: 'percent', maximumFractionDigits: 2 }).format(floored);
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** The long name of the unit: the short ones come out in Latin letters. */
export function formatBytes(bytes: number, language: Language): string {
  const power = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const unit = BYTE_UNITS[power] ?? 'byte';
  const options = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 1 } as const;
  return numberFormat(language, options).format(bytes / 1000 ** power);
}

/** «۱ آذر ۱۴۰۵، ۱۹:۳۴» */
export function formatInstant(at: string, language: Language): string {
  return dateFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
}

/** «۱ آذر ۱۴۰۵». @param timeZone of a day that was cut by another zone than the reader's */
export function formatDay(at: string, language: Language, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  return dateFormat(language, { dateStyle: 'medium', ...zone }).format(new Date(at));
}

/** «۱ آذر», where the year is plain. */
export function formatShortDay(at: string, language: Language, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  return dateFormat(language, { day: 'numeric', month: 'short', ...zone }).format(new Date(at));
}

/** «۱۹:۳۴:۵۶»: steps of one visit follow each other within seconds. */
export function formatExactTime(at: string, language: Language): string {
  const parts = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  return dateFormat(language, { ...parts, hourCycle: 'h23' }).format(new Date(at));
}

/** «۱۹:۳۴» */
export function formatTime(at: string, language: Language): string {
  return dateFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at));
}

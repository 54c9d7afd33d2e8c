/** Numbers and dates as people read them: Persian digits and the Persian calendar, or English ones. */
import type { Language } from './translate.ts';

const NUMBERS: Record<Language, Intl.NumberFormat> = {
  fa: new Intl.NumberFormat('fa-IR'),
  en: new Intl.NumberFormat('en-GB'),
};
const options: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' };
const INSTANTS: Record<Language, Intl.DateTimeFormat> = {
  fa: new Intl.DateTimeFormat('fa-IR-u-ca-persian-nu-arabext', options),
  en: new Intl.DateTimeFormat('en-GB', options),
};

export function formatCount(value: number, language: Language): string {
  return NUMBERS[language].format(value);
}

export function formatInstant(at: string, language: Language): string {
  return INSTANTS[language].format(new Date(at));
}

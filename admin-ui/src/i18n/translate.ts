/** Both languages at once, for tests; a browser loads the one it shows. */
import { en } from './en.ts';
import { fa, type Messages } from './fa.ts';
import { type Language, speak, type Translate } from './speak.ts';

export type { Language, Translate };

export const DICTIONARIES: Record<Language, Messages> = { fa, en };

export function translateIn(language: Language): Translate {
  return speak(DICTIONARIES[language]);
}

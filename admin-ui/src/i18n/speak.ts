import type { MessageKey, Messages } from './fa.ts';

export type Language = 'fa' | 'en';

export type Translate = (key: MessageKey, values?: Record<string, string>) => string;

/** What is filled in keeps its own direction (U+2068, U+2069) and never turns the sentence around. */
export function speak(messages: Messages): Translate {
  return (key, values = {}) =>
    messages[key].replace(/\{(\w+)\}/g, (hole, name: string) => {
      const value = values[name];
      return value === undefined ? hole : `\u2068${value}\u2069`;
    });
}

/** How a member wants to be shown things. @see ADMINUI 3.3: Preferences */
import { z } from 'zod';

const TimeZone = z
  .string()
  .max(64)
  .refine((name) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
      return true;
    } catch {
      return false;
    }
  }, 'a name of the IANA list');

/** `auto`: as the language has it. Kept as one document: whatever an older one lacks has its default. */
export const Preferences = z.strictObject({
  calendar: z.enum(['auto', 'persian', 'gregorian']).default('auto'),
  digits: z.enum(['auto', 'persian', 'latin']).default('auto'),
  time_zone: TimeZone.default('Asia/Tehran'),
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Keys of one letter. */
  shortcuts: z.boolean().default(true),
});
export type Preferences = z.infer<typeof Preferences>;

/** Of what was stored: a value that is no longer known becomes the default of all. */
export function readPreferences(stored: unknown): Preferences {
  const read = Preferences.safeParse(stored);
  return read.success ? read.data : Preferences.parse({});
}

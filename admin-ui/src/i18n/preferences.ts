/** How somebody wants things to be shown. `auto`: as the language has it. */
export interface Preferences {
  calendar: 'auto' | 'persian' | 'gregorian';
  digits: 'auto' | 'persian' | 'latin';
  /** Of the IANA list; Iran's until somebody says otherwise. */
  time_zone: string;
  theme: 'system' | 'light' | 'dark';
  /** Keys of one letter; people who speak to their computer turn them off. WCAG 2.1.4 */
  shortcuts: boolean;
}

export const DEFAULT_PREFERENCES: Preferences = {
  calendar: 'auto',
  digits: 'auto',
  time_zone: 'Asia/Tehran',
  theme: 'system',
  shortcuts: true,
};

/** Keys by their place on the keyboard: on a Persian layout the key of J types «ت», and does the same. */
import { DEFAULT_PREFERENCES } from '../i18n/preferences.ts';

let areLettersOn = DEFAULT_PREFERENCES.shortcuts;

/** As the preferences of whoever has signed in say. */
export function setLetterKeys(areOn: boolean): void {
  areLettersOn = areOn;
}

/** Whether a key of one letter may do something now: nobody types, no dialog is open, and it is not turned off. */
export function lettersMayAct(event: KeyboardEvent): boolean {
  if (!areLettersOn || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return true;
  return (
    !target.isContentEditable &&
    target.closest('input:not([type="checkbox"], [type="radio"]), textarea, select, dialog') === null
  );
}

export const isPaletteKey = (event: KeyboardEvent): boolean =>
  (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.code === 'KeyK';

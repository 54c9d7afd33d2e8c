/** The key that Divar (v1) presents with the events of one subscription, made by us. @see PROTOCOL 5.1 */
import type { RandomBytes } from '../ports.ts';

/** Told from an app's own key by its looks, so that a wrong key of an app costs no look-up. */
const NOTIFY_KEY = /^pvs_[A-Za-z0-9_-]{43}$/;

export function makeNotifyKey(random: RandomBytes): string {
  return `pvs_${random(32).toString('base64url')}`;
}

export function isNotifyKey(text: string | undefined): text is string {
  return text !== undefined && NOTIFY_KEY.test(text);
}

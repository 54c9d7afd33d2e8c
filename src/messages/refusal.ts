/** What follows for a message whose grant Divar has refused: surely not sent. Pure. */
import type { Refusal } from '../consent/refuse.ts';
import { CONSENT_RECHECK_SECONDS, type Message, RENEWAL_RECHECK_SECONDS } from './messages.ts';
import type { Outcome } from './outcome.ts';

export function decideRefusal(refusal: Refusal, message: Pick<Message, 'onMissingConsent'>): Outcome {
  const wait = { step: 'requeue', climbs: false } as const;
  switch (refusal) {
    case 'replaced':
      return { ...wait, code: 'grant_renewing', waitSeconds: 0 };
    case 'renewing':
      return { ...wait, code: 'grant_renewing', waitSeconds: RENEWAL_RECHECK_SECONDS };
    case 'ended':
      return message.onMissingConsent === 'hold'
        ? { ...wait, code: 'consent_required', waitSeconds: CONSENT_RECHECK_SECONDS }
        : { step: 'fail', code: 'grant_broken', waitSeconds: 0, climbs: false };
  }
}

import { useLanguage } from '../i18n/language.tsx';
import { Countdown } from './pieces.tsx';
import type { Delivery } from './shapes.ts';

/** When it is tried again, counted down; what waits behind another of its conversation has no time yet. */
export function NextAttempt({ delivery: { state, next_attempt_at: at } }: { delivery: Delivery }) {
  const { t } = useLanguage();
  if (state !== 'pending') return '–';
  return at === null ? t('nextAfterOthers') : <Countdown at={at} />;
}

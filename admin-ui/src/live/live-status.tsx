import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { type LiveState, pauseLive, resumeLive, useLiveState } from './use-live.ts';
import './live.css';

const NAMES: Record<LiveState, MessageKey> = {
  off: 'liveOff',
  connecting: 'liveConnecting',
  live: 'liveOn',
  paused: 'livePaused',
  lost: 'liveLost',
};

/** Where the tab's stream stands, in a dot and a word. */
export function LiveDot() {
  const { t } = useLanguage();
  const state = useLiveState();
  return (
    <span className={`live-dot ${state}`} role="status">
      {t(NAMES[state])}
    </span>
  );
}

/** Its switch, for the head of a list; the dot itself stands in the frame. */
export function LiveStatus() {
  const { t } = useLanguage();
  const state = useLiveState();
  const isStopped = state === 'paused' || state === 'lost';
  if (state === 'off') return <span />;
  return (
    <button type="button" onClick={isStopped ? resumeLive : pauseLive}>
      {t(isStopped ? 'liveResume' : 'livePause')}
    </button>
  );
}

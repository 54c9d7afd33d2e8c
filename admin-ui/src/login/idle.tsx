/** Input keeps a login alive, polls and streams do not. Whoever pauses is warned before it ends, in every tab at once.
 *  @see WCAG 2.2.1, ADMINUI G13 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { call } from '../api/call.ts';
import type { Login } from '../api/shapes.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Dialog } from '../show/dialog.tsx';
import { useLogin } from './login-state.tsx';

/** At most one call a minute tells the gateway of input; more often where the idle time is short. */
const TOUCH_INTERVAL_MS = 60_000;
const WARN_BEFORE_MS = 120_000;
const CHANNEL = 'peyvand_login';

/** Two minutes before the end; where the whole idle time is short, its last third. */
function warnBeforeMs(leftMs: number): number {
  return Math.min(WARN_BEFORE_MS, leftMs / 3);
}

export function IdleWatch({ login }: { login: Login }) {
  const { refresh } = useLogin();
  const endsAt = Math.min(Date.parse(login.idle_ends_at), Date.parse(login.ends_at));
  const [isWarned, setWarned] = useState(false);
  const tellOthers = useOtherTabs(refresh);

  const touch = useCallback(async () => {
    await call('POST', '/login/touch');
    await refresh();
    tellOthers();
  }, [refresh, tellOthers]);

  useEffect(() => {
    let touchedAt = Date.now();
    const intervalMs = Math.min(TOUCH_INTERVAL_MS, (endsAt - touchedAt) / 5);
    const hear = () => {
      if (isWarned || Date.now() - touchedAt < intervalMs) return;
      touchedAt = Date.now();
      void touch();
    };
    for (const kind of ['pointerdown', 'keydown']) window.addEventListener(kind, hear);
    return () => {
      for (const kind of ['pointerdown', 'keydown']) window.removeEventListener(kind, hear);
    };
  }, [touch, isWarned, endsAt]);

  useEffect(() => {
    setWarned(false);
    const leftMs = endsAt - Date.now();
    const warn = async () => {
      // Another tab may have been used meanwhile.
      const now = await refresh();
      if (now !== undefined && Date.parse(now.idle_ends_at) <= endsAt) setWarned(true);
    };
    const warning = setTimeout(() => void warn(), Math.max(0, leftMs - warnBeforeMs(leftMs)));
    const end = setTimeout(() => void refresh(), Math.max(0, leftMs + 1_000));
    return () => {
      clearTimeout(warning);
      clearTimeout(end);
    };
  }, [endsAt, refresh]);

  return isWarned ? <IdleDialog endsAt={endsAt} stay={() => void touch()} /> : null;
}

/** Tabs tell each other that there was input: each reads the login anew, and closes its warning. */
function useOtherTabs(refresh: () => Promise<unknown>): () => void {
  const channel = useRef<BroadcastChannel>(undefined);
  useEffect(() => {
    const opened = new BroadcastChannel(CHANNEL);
    channel.current = opened;
    opened.onmessage = () => void refresh();
    return () => opened.close();
  }, [refresh]);
  return useCallback(() => channel.current?.postMessage('touched'), []);
}

function IdleDialog({ endsAt, stay }: { endsAt: number; stay(): void }) {
  const { t, count } = useLanguage();
  const { signOut } = useLogin();
  const [leftSeconds, setLeft] = useState(() => secondsUntil(endsAt));
  useEffect(() => {
    const timer = setInterval(() => setLeft(secondsUntil(endsAt)), 1000);
    return () => clearInterval(timer);
  }, [endsAt]);
  return (
    <Dialog title={t('idleHeading')} onClose={stay}>
      <p>
        {t('idleNote')} <strong role="timer">{t('idleLeft', { seconds: count(leftSeconds) })}</strong>
      </p>
      <p className="actions">
        <button type="button" className="button" onClick={stay}>
          {t('stay')}
        </button>
        <button type="button" onClick={() => void signOut()}>
          {t('logout')}
        </button>
      </p>
    </Dialog>
  );
}

const secondsUntil = (endsAt: number) => Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));

/** Input keeps a login alive, polls do not; whoever pauses is warned before it ends. @see WCAG 2.2.1 */
import { useEffect, useState } from 'react';
import { call } from '../api/call.ts';
import type { Login } from '../api/shapes.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useLogin } from './login-state.tsx';

const TOUCH_INTERVAL_MS = 60_000;
const WARN_BEFORE_MS = 120_000;

export function IdleWatch({ login }: { login: Login }) {
  const { t } = useLanguage();
  const { refresh } = useLogin();
  const [isWarned, setWarned] = useState(false);
  const endsAt = Math.min(Date.parse(login.idle_ends_at), Date.parse(login.ends_at));

  useEffect(() => {
    let touchedAt = Date.now();
    const touch = () => {
      if (isWarned || Date.now() - touchedAt < TOUCH_INTERVAL_MS) return;
      touchedAt = Date.now();
      void call('POST', '/login/touch').then(refresh);
    };
    for (const kind of ['pointerdown', 'keydown']) window.addEventListener(kind, touch);
    return () => {
      for (const kind of ['pointerdown', 'keydown']) window.removeEventListener(kind, touch);
    };
  }, [refresh, isWarned]);

  useEffect(() => {
    setWarned(false);
    const warn = async () => {
      // Another tab may have been used meanwhile.
      const now = await refresh();
      if (now !== undefined && Date.parse(now.idle_ends_at) <= endsAt) setWarned(true);
    };
    const warning = setTimeout(() => void warn(), Math.max(0, endsAt - WARN_BEFORE_MS - Date.now()));
    const end = setTimeout(() => void refresh(), Math.max(0, endsAt + 1_000 - Date.now()));
    return () => {
      clearTimeout(warning);
      clearTimeout(end);
    };
  }, [endsAt, refresh]);

  const stay = async () => {
    await call('POST', '/login/touch');
    await refresh();
  };

  return (
    <div role="alert">
      {isWarned ? (
        <p className="bar">
          {t('idleWarning')}{' '}
          <button type="button" onClick={() => void stay()}>
            {t('stay')}
          </button>
        </p>
      ) : undefined}
    </div>
  );
}

import { useState } from 'react';
import type { Failure } from '../api/call.ts';
import { useLanguage } from '../i18n/language.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { useLogin } from './login-state.tsx';
import { canUsePasskeys, proveByPasskey } from './passkey.ts';

/** A passkey in the place of a code, where there is one and the browser can. */
export function PasskeyProof({ done }: { done(): Promise<void> }) {
  const { t } = useLanguage();
  const { login } = useLogin();
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);
  if (!canUsePasskeys() || (login?.second_factor.passkeys ?? 0) === 0) return null;
  const prove = async () => {
    if (isBusy) return;
    setBusy(true);
    setFailure(undefined);
    const outcome = await proveByPasskey();
    setBusy(false);
    if (outcome.ok) await done();
    else setFailure(outcome.failure);
  };
  return (
    <>
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      <p className="actions">
        <button type="button" onClick={() => void prove()} aria-disabled={isBusy}>
          {t('usePasskey')}
        </button>
      </p>
    </>
  );
}

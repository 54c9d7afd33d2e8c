import { useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import type { Login, RecoveryCodesReply } from '../api/shapes.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useLogin } from '../login/login-state.tsx';
import { useStepUp } from '../login/step-up.tsx';
import { RecoveryCodes } from '../public/recovery-codes.tsx';
import { Link } from '../router.tsx';
import { Dialog } from '../show/dialog.tsx';
import { FailureNote } from '../show/failure-note.tsx';

/** So few are left that one should make new ones. */
const FEW = 3;

export function SecondFactor({ login }: { login: Login }) {
  const { t, count } = useLanguage();
  const { refresh } = useLogin();
  const withStepUp = useStepUp();
  const [codes, setCodes] = useState<readonly string[]>();
  const [failure, setFailure] = useState<Failure>();
  const left = login.second_factor.recovery_codes_left;
  const remake = async () => {
    const outcome = await withStepUp(() => call<RecoveryCodesReply>('POST', '/recovery-codes'));
    if (outcome.ok) setCodes(outcome.value.recovery_codes);
    setFailure(outcome.ok ? undefined : outcome.failure);
  };
  return (
    <section aria-labelledby="second-factor">
      <h2 id="second-factor">{t('secondFactor')}</h2>
      <p>{t('codesLeft', { count: count(left) })}</p>
      {left < FEW ? <p className="note">{t('codesFew')}</p> : undefined}
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      <p className="actions">
        <button type="button" onClick={() => void remake()}>
          {t('remakeCodes')}
        </button>
        <Link to="/enrol">{t('changeAuthenticator')}</Link>
      </p>
      {codes === undefined ? undefined : (
        <Dialog title={t('recoveryCodesHeading')}>
          <RecoveryCodes
            codes={codes}
            onSaved={() => {
              setCodes(undefined);
              void refresh();
            }}
          />
        </Dialog>
      )}
    </section>
  );
}

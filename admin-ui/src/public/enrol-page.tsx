/** The second factor is put in place before anything of a tenant opens. */
import { useEffect, useRef, useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import type { Enrolment, RecoveryCodesReply } from '../api/shapes.ts';
import { CodeField } from '../form/code-field.tsx';
import { Form } from '../form/form.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useLogin } from '../login/login-state.tsx';
import { useStepUp } from '../login/step-up.tsx';
import { GoTo, useRouter } from '../router.tsx';
import { Copyable } from '../show/copyable.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { firstPageOf } from './login-page.tsx';
import { PublicPage } from './public-page.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

export function EnrolPage() {
  const { t } = useLanguage();
  const { login, refresh } = useLogin();
  const { go } = useRouter();
  const [codes, setCodes] = useState<readonly string[]>();
  if (login === undefined && codes === undefined) return <GoTo to="/login" />;
  if (codes !== undefined)
    return (
      <PublicPage heading="recoveryCodesHeading">
        <RecoveryCodes
          codes={codes}
          onSaved={() =>
            void refresh().then((now) =>
              go(now === undefined ? '/login' : firstPageOf(now), { replace: true }),
            )
          }
        />
      </PublicPage>
    );
  return (
    <PublicPage heading="enrolHeading">
      <p>{t('enrolNote')}</p>
      <Enrol onCodes={setCodes} />
    </PublicPage>
  );
}

function Enrol({ onCodes }: { onCodes(codes: readonly string[]): void }) {
  const { t } = useLanguage();
  const { login } = useLogin();
  const withStepUp = useStepUp();
  const [enrolment, setEnrolment] = useState<Enrolment>();
  const [failure, setFailure] = useState<Failure>();
  const begun = useRef(false);
  const mustStepUp = login?.stage === 'member';

  const begin = async () => {
    const ask = () => call<Enrolment>('POST', '/totp/enrol');
    const outcome = await (mustStepUp ? withStepUp(ask) : ask());
    if (outcome.ok) setEnrolment(outcome.value);
    setFailure(outcome.ok ? undefined : outcome.failure);
  };
  useEffect(() => {
    // Each call makes another secret: one for each time the page is opened.
    if (begun.current) return;
    begun.current = true;
    void begin();
  });

  if (failure !== undefined)
    return (
      <>
        <FailureNote failure={failure} />
        <button type="button" onClick={() => void begin()}>
          {t('retry')}
        </button>
      </>
    );
  if (enrolment === undefined) return <p role="status">{t('reading')}</p>;
  return (
    <>
      <h2>{t('scanHeading')}</h2>
      <p>{t('scanNote')}</p>
      <Qr {...enrolment.qr} label={t('qrLabel')} />
      <p>
        <a href={enrolment.otpauth_url}>{t('openAuthenticator')}</a>
      </p>
      <p className="help">{t('typeSecret')}</p>
      <p>
        <Copyable
          text={enrolment.secret}
          shown={enrolment.secret.replace(/(.{4})(?=.)/g, '$1 ')}
          label={t('copySecret')}
        />
      </p>
      <h2>{t('typeCodeHeading')}</h2>
      <Form
        label={t('confirmCode')}
        run={({ code }) => call<RecoveryCodesReply>('POST', '/totp/confirm', { code })}
        done={(reply) => onCodes(reply.recovery_codes)}
      >
        <CodeField />
      </Form>
    </>
  );
}

/** Dark on light in dark mode too: not every camera reads it the other way round. */
function Qr({ size, path, label }: { size: number; path: string; label: string }) {
  const QUIET = 4;
  const edge = size + 2 * QUIET;
  return (
    <svg className="qr" viewBox={`${-QUIET} ${-QUIET} ${edge} ${edge}`} role="img" aria-label={label}>
      <path d={path} />
    </svg>
  );
}

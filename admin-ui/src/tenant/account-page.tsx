import { useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import type { Device, List, Login, RecoveryCodesReply } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import { Form } from '../form/form.tsx';
import { PasswordField } from '../form/password-field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useLogin } from '../login/login-state.tsx';
import { useStepUp } from '../login/step-up.tsx';
import { RecoveryCodes } from '../public/recovery-codes.tsx';
import { Link, useRouter } from '../router.tsx';
import { Dialog } from '../show/dialog.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { Foreign } from '../show/foreign.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { Table } from '../show/table.tsx';
import { When } from '../show/when.tsx';
import { MemberFrame } from './member-frame.tsx';

export function AccountPage({ login }: { login: Login }) {
  const { t } = useLanguage();
  return (
    <MemberFrame login={login} tenant={undefined} heading="account">
      <p className="lead">
        <Foreign text={login.member.email} />
      </p>
      {login.tenants.length === 0 ? <p className="note">{t('noTenants')}</p> : undefined}
      <SecondFactor login={login} />
      <Password />
      <Devices />
    </MemberFrame>
  );
}

function SecondFactor({ login }: { login: Login }) {
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
      {left < 3 ? <p className="note">{t('codesFew')}</p> : undefined}
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

function Password() {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  const [changes, setChanges] = useState(0);
  return (
    <section aria-labelledby="password">
      <h2 id="password">{t('changePassword')}</h2>
      <p role="status">{changes === 0 ? t('changePasswordNote') : t('passwordChanged')}</p>
      <Form
        key={changes}
        label={t('changePassword')}
        run={({ current_password, password }) =>
          withStepUp(() => call('POST', '/password', { current_password, password }))
        }
        done={() => setChanges(changes + 1)}
      >
        <PasswordField name="current_password" label={t('currentPassword')} />
        <PasswordField isNew label={t('newPassword')} />
      </Form>
    </section>
  );
}

function Devices() {
  const { t } = useLanguage();
  const { refresh } = useLogin();
  const { go } = useRouter();
  const devices = useLoad<List<Device>>('/logins');
  const [failure, setFailure] = useState<Failure>();
  const end = async (device: Device | undefined) => {
    const outcome = await (device === undefined
      ? call('POST', '/logins/end-others')
      : call('DELETE', `/logins/${device.id}`));
    setFailure(outcome.ok ? undefined : outcome.failure);
    if (!device?.current) return devices.reload();
    await refresh();
    go('/login');
  };
  return (
    <section aria-labelledby="devices">
      <div className="section-head">
        <h2 id="devices">{t('devices')}</h2>
        <button type="button" onClick={() => void end(undefined)}>
          {t('endOthers')}
        </button>
      </div>
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      <ShowLoaded from={devices}>
        {({ data }) => (
          <Table
            caption={t('devices')}
            rows={data}
            columns={[
              {
                label: t('device'),
                cell: (one) => (
                  <>
                    <Foreign text={one.device} />{' '}
                    {one.current ? <span className="state on">{t('thisDevice')}</span> : undefined}
                  </>
                ),
              },
              { label: t('address'), cell: (one) => <code dir="ltr">{one.address}</code> },
              { label: t('signedIn'), cell: (one) => <When at={one.created_at} /> },
              { label: t('lastSeen'), cell: (one) => <When at={one.seen_at} /> },
              {
                label: t('actions'),
                cell: (one) => (
                  <button type="button" className="danger" onClick={() => void end(one)}>
                    {t(one.current ? 'logout' : 'endLogin')}
                  </button>
                ),
              },
            ]}
          />
        )}
      </ShowLoaded>
    </section>
  );
}

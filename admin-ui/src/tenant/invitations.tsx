import { useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import type { Invitation, List, TenantOfLogin } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import { Field } from '../form/field.tsx';
import { Form } from '../form/form.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { Foreign } from '../show/foreign.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { Table } from '../show/table.tsx';
import { When } from '../show/when.tsx';
import { RoleField } from './role-field.tsx';
import { ROLE_KEYS } from './roles.ts';

export function Invitations({ tenant }: { tenant: TenantOfLogin }) {
  const { t } = useLanguage();
  const path = `/tenants/${tenant.id}/invitations`;
  const invitations = useLoad<List<Invitation>>(path);
  const [invited, setInvited] = useState<string>();
  return (
    <section aria-labelledby="invitations">
      <h2 id="invitations">{t('inviteColleague')}</h2>
      <p role="status">{invited === undefined ? '' : t('invitedNote', { email: invited })}</p>
      <Form
        key={invited}
        label={t('sendInvite')}
        run={({ email, role }) => call<Invitation>('POST', path, { email, role })}
        done={async ({ email }) => {
          await invitations.reload();
          setInvited(email);
        }}
      >
        <Field name="email" label={t('email')} type="email" dir="ltr" autoComplete="off" maxLength={254} />
        <RoleField by={tenant.role} defaultRole="developer" />
      </Form>
      <h3>{t('openInvitations')}</h3>
      <ShowLoaded from={invitations}>
        {({ data }) =>
          data.length === 0 ? (
            <p>{t('noInvitations')}</p>
          ) : (
            <InvitationTable path={path} invitations={data} reload={invitations.reload} />
          )
        }
      </ShowLoaded>
    </section>
  );
}

interface InvitationTableProps {
  path: string;
  invitations: readonly Invitation[];
  reload(): Promise<void>;
}

function InvitationTable({ path, invitations, reload }: InvitationTableProps) {
  const { t } = useLanguage();
  const [failure, setFailure] = useState<Failure>();
  const [resent, setResent] = useState<string>();
  const change = async (method: 'POST' | 'DELETE', invitation: Invitation) => {
    const outcome = await call(method, `${path}/${invitation.id}${method === 'POST' ? '/resend' : ''}`);
    setFailure(outcome.ok ? undefined : outcome.failure);
    setResent(outcome.ok && method === 'POST' ? invitation.email : undefined);
    await reload();
  };
  return (
    <>
      <p role="status">{resent === undefined ? '' : t('invitedNote', { email: resent })}</p>
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      <Table
        caption={t('openInvitations')}
        rows={invitations}
        columns={[
          { label: t('email'), cell: (one) => <Foreign text={one.email} /> },
          { label: t('role'), cell: (one) => t(ROLE_KEYS[one.role]) },
          {
            label: t('expires'),
            cell: (one) => (
              <>
                <When at={one.expires_at} />{' '}
                {one.state === 'expired' ? <span className="state off">{t('expired')}</span> : undefined}
              </>
            ),
          },
          {
            label: t('actions'),
            cell: (one) => (
              <span className="actions">
                <button
                  type="button"
                  aria-label={t('resendTo', { email: one.email })}
                  onClick={() => void change('POST', one)}
                >
                  {t('resend')}
                </button>
                <button
                  type="button"
                  className="danger"
                  aria-label={t('takeBackOf', { email: one.email })}
                  onClick={() => void change('DELETE', one)}
                >
                  {t('takeBack')}
                </button>
              </span>
            ),
          },
        ]}
      />
    </>
  );
}

import { useState } from 'react';
import { call, type Outcome } from '../api/call.ts';
import type { List, Login, Member, TenantOfLogin } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import { Ask } from '../form/ask.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useLogin } from '../login/login-state.tsx';
import { useStepUp } from '../login/step-up.tsx';
import { useRouter } from '../router.tsx';
import { Foreign } from '../show/foreign.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { Table } from '../show/table.tsx';
import { When } from '../show/when.tsx';
import { ChangeRole } from './change-role.tsx';
import { Invitations } from './invitations.tsx';
import type { TenantPageProps } from './member-frame.tsx';
import { ROLE_KEYS } from './roles.ts';

export function TeamPage({ login, tenant }: TenantPageProps) {
  return (
    <>
      <Members login={login} tenant={tenant} />
      {tenant.permissions.includes('members.invite') ? <Invitations tenant={tenant} /> : undefined}
    </>
  );
}

interface Question {
  kind: 'role' | 'remove' | 'leave';
  member: Member;
}

function Members({ login, tenant }: { login: Login; tenant: TenantOfLogin }) {
  const { t } = useLanguage();
  const { refresh } = useLogin();
  const { go } = useRouter();
  const withStepUp = useStepUp();
  const members = useLoad<List<Member>>(`/tenants/${tenant.id}/members`);
  const [question, setQuestion] = useState<Question>();
  const close = () => setQuestion(undefined);
  const path = `/tenants/${tenant.id}/members/${question?.member.id ?? ''}`;
  const leave = (): Promise<Outcome<unknown>> =>
    withStepUp(() => call('POST', `/tenants/${tenant.id}/leave`));

  return (
    <section aria-labelledby="members">
      <h2 id="members">{t('members')}</h2>
      <ShowLoaded from={members}>
        {({ data }) => (
          <MemberTable
            members={data}
            ownId={login.member.id}
            mayChange={tenant.permissions.includes('members.change')}
            ask={(kind, member) => setQuestion({ kind, member })}
          />
        )}
      </ShowLoaded>
      {question?.kind === 'role' ? (
        <ChangeRole
          path={path}
          member={question.member}
          tenant={tenant}
          done={members.reload}
          onClose={close}
        />
      ) : undefined}
      {question?.kind === 'remove' ? (
        <Ask
          title={t('removeHeading', { email: question.member.email })}
          note={t('removeNote')}
          label={t('remove')}
          run={() => withStepUp(() => call('DELETE', path))}
          done={members.reload}
          onClose={close}
        />
      ) : undefined}
      {question?.kind === 'leave' ? (
        <Ask
          title={t('leaveHeading', { name: tenant.name })}
          note={t('leaveNote')}
          label={t('leave')}
          run={leave}
          done={async () => {
            await refresh();
            go('/');
          }}
          onClose={close}
        />
      ) : undefined}
    </section>
  );
}

interface MemberTableProps {
  members: readonly Member[];
  ownId: string;
  mayChange: boolean;
  ask(kind: Question['kind'], member: Member): void;
}

function MemberTable({ members, ownId, mayChange, ask }: MemberTableProps) {
  const { t } = useLanguage();
  return (
    <Table
      caption={t('members')}
      rows={members}
      columns={[
        {
          label: t('email'),
          cell: (member) => (
            <>
              <Foreign text={member.email} />{' '}
              {member.id === ownId ? <span className="state on">{t('you')}</span> : undefined}
            </>
          ),
        },
        { label: t('role'), cell: (member) => t(ROLE_KEYS[member.role]) },
        { label: t('secondFactor'), cell: (member) => t(member.second_factor ? 'on' : 'off') },
        { label: t('lastSeen'), cell: (member) => <When at={member.used_at} /> },
        {
          label: t('actions'),
          cell: (member) =>
            member.id === ownId ? (
              <button type="button" className="danger" onClick={() => ask('leave', member)}>
                {t('leave')}
              </button>
            ) : mayChange ? (
              <span className="actions">
                <button
                  type="button"
                  aria-label={t('roleHeading', { email: member.email })}
                  onClick={() => ask('role', member)}
                >
                  {t('changeRole')}
                </button>
                <button
                  type="button"
                  className="danger"
                  aria-label={t('removeHeading', { email: member.email })}
                  onClick={() => ask('remove', member)}
                >
                  {t('remove')}
                </button>
              </span>
            ) : undefined,
        },
      ]}
    />
  );
}

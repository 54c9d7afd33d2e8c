import { useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import type { AuditEntry, List } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useRouter } from '../router.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { Foreign } from '../show/foreign.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { Table } from '../show/table.tsx';
import { When } from '../show/when.tsx';
import { CALL_ACTIONS } from '../visits/audit-actions.ts';
import type { TenantPageProps } from './member-frame.tsx';

/** Every action that the gateway writes down; one that this panel does not know yet shows its own name. */
const ACTIONS: Record<string, MessageKey> = {
  'tenant.created': 'auditTenantCreated',
  'login.succeeded': 'auditLogin',
  'login.failed': 'auditLoginFailed',
  'second_factor.failed': 'auditCodeFailed',
  'second_factor.enrolled': 'auditEnrolled',
  'recovery_code.used': 'auditRecoveryUsed',
  'recovery_codes.made': 'auditRecoveryMade',
  'passkey.added': 'auditPasskeyAdded',
  'passkey.removed': 'auditPasskeyRemoved',
  'password.changed': 'auditPasswordChanged',
  'password.reset': 'auditPasswordReset',
  'member.joined': 'auditJoined',
  'member.invited': 'auditInvited',
  'member.role_changed': 'auditRoleChanged',
  'member.removed': 'auditRemoved',
  'member.left': 'auditLeft',
  'invitation.resent': 'auditInviteResent',
  'invitation.revoked': 'auditInviteRevoked',
  'api_key.created': 'auditKeyMade',
  'api_key.revoked': 'auditKeyRevoked',
  'secret.shown': 'auditSecretShown',
  'app.created': 'auditAppMade',
  'app.changed': 'auditAppChanged',
  'app.disabled': 'auditAppDisabled',
  'app.enabled': 'auditAppEnabled',
  'app.secret_changed': 'auditAppSecret',
  'app.secret_retired': 'auditAppSecretRetired',
  ...CALL_ACTIONS,
};

const LIMIT = 50;

export function AuditPage({ tenant }: TenantPageProps) {
  const { t } = useLanguage();
  const { place, go } = useRouter();
  const action = place.query.get('action') ?? '';
  const path = `/tenants/${tenant.id}/audit?limit=${LIMIT}${action in ACTIONS ? `&action=${action}` : ''}`;
  const first = useLoad<List<AuditEntry>>(path);
  return (
    <section aria-labelledby="entries">
      <h2 id="entries" className="unseen">
        {t('audit')}
      </h2>
      <p>{t('auditNote')}</p>
      <p className="field inline">
        <label htmlFor="action">{t('auditAction')}</label>
        <select
          id="action"
          value={action in ACTIONS ? action : ''}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            go(place.path + (chosen === '' ? '' : `?action=${chosen}`));
          }}
        >
          <option value="">{t('auditAll')}</option>
          {Object.entries(ACTIONS).map(([name, key]) => (
            <option key={name} value={name}>
              {t(key)}
            </option>
          ))}
        </select>
        <button type="button" onClick={() => void first.reload()} aria-disabled={first.isLoading}>
          {t('refresh')}
        </button>
      </p>
      <ShowLoaded from={first}>
        {(list) =>
          list.data.length === 0 ? (
            <p>{t('auditNoMatch')}</p>
          ) : (
            <Entries key={path + list.data[0]?.id} first={list} path={path} />
          )
        }
      </ShowLoaded>
    </section>
  );
}

/** The newest, and older ones as long as somebody asks for them. */
function Entries({ first, path }: { first: List<AuditEntry>; path: string }) {
  const { t } = useLanguage();
  const [older, setOlder] = useState<List<AuditEntry>>();
  const [failure, setFailure] = useState<Failure>();
  const [isLoading, setLoading] = useState(false);
  const cursor = (older ?? first).next_cursor ?? null;
  const more = async () => {
    if (cursor === null || isLoading) return;
    setLoading(true);
    const outcome = await call<List<AuditEntry>>('GET', `${path}&cursor=${encodeURIComponent(cursor)}`);
    if (outcome.ok) setOlder({ ...outcome.value, data: [...(older?.data ?? []), ...outcome.value.data] });
    setFailure(outcome.ok ? undefined : outcome.failure);
    setLoading(false);
  };
  return (
    <>
      <Table
        caption={t('audit')}
        rows={[...first.data, ...(older?.data ?? [])]}
        columns={[
          { label: t('time'), cell: (entry) => <When at={entry.created_at} /> },
          { label: t('auditAction'), cell: (entry) => <Action name={entry.action} /> },
          { label: t('auditActor'), cell: (entry) => <Actor entry={entry} /> },
          { label: t('auditDetails'), cell: (entry) => <Details entry={entry} /> },
          { label: t('address'), cell: ({ address }) => (address ? <code dir="ltr">{address}</code> : '–') },
        ]}
      />
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      {cursor === null ? undefined : (
        <p>
          <button type="button" onClick={() => void more()} aria-disabled={isLoading}>
            {t('older')}
          </button>
        </p>
      )}
    </>
  );
}

function Action({ name }: { name: string }) {
  const { t } = useLanguage();
  const key = ACTIONS[name];
  return key === undefined ? <code dir="ltr">{name}</code> : t(key);
}

function Actor({ entry: { actor } }: { entry: AuditEntry }) {
  if (actor === null) return <>–</>;
  return actor.email === null ? <code dir="ltr">{actor.id}</code> : <Foreign text={actor.email} />;
}

function Details({ entry: { target, details } }: { entry: AuditEntry }) {
  const facts = Object.entries(details).map(([name, value]) => `${name}: ${sayValue(value)}`);
  const lines = [...(target === null ? [] : [target]), ...facts];
  if (lines.length === 0) return <>–</>;
  return (
    <ul className="details" dir="ltr">
      {lines.map((line) => (
        <li key={line}>
          <code>
            <Foreign text={line} />
          </code>
        </li>
      ))}
    </ul>
  );
}

const sayValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

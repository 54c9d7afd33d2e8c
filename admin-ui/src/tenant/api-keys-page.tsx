import { useState } from 'react';
import { call } from '../api/call.ts';
import type { ApiKey, ApiKeyWithSecret, App, List } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import { Ask } from '../form/ask.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useStepUp } from '../login/step-up.tsx';
import { Foreign } from '../show/foreign.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { Table } from '../show/table.tsx';
import { When } from '../show/when.tsx';
import { ChooseApp } from './choose-app.tsx';
import type { TenantPageProps } from './member-frame.tsx';
import { NewApiKey, ShownKey } from './new-api-key.tsx';

export function ApiKeysPage({ tenant }: TenantPageProps) {
  return (
    <ChooseApp tenant={tenant}>
      {(app) => (
        <Keys
          key={app.id}
          app={app}
          path={`/tenants/${tenant.id}/apps/${app.id}/api-keys`}
          mayChange={tenant.permissions.includes('api_keys.change')}
        />
      )}
    </ChooseApp>
  );
}

interface KeysProps {
  app: App;
  path: string;
  mayChange: boolean;
}

function Keys({ app, path, mayChange }: KeysProps) {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  const keys = useLoad<List<ApiKey>>(path);
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<ApiKeyWithSecret>();
  const [revoking, setRevoking] = useState<ApiKey>();

  return (
    <section aria-labelledby="keys">
      <div className="section-head">
        <h2 id="keys">{t('keysOfApp')}</h2>
        {mayChange ? (
          <button type="button" className="button" onClick={() => setMaking(true)}>
            {t('makeApiKey')}
          </button>
        ) : undefined}
      </div>
      <ShowLoaded from={keys}>
        {({ data }) =>
          data.length === 0 ? (
            <p>{t('noKeys')}</p>
          ) : (
            <KeyTable keys={data} onRevoke={mayChange ? setRevoking : undefined} />
          )
        }
      </ShowLoaded>
      {isMaking ? (
        <NewApiKey
          path={path}
          onClose={() => setMaking(false)}
          onMade={(key) => {
            setMaking(false);
            setMade(key);
            void keys.reload();
          }}
        />
      ) : undefined}
      {made === undefined ? undefined : <ShownKey made={made} app={app} onClose={() => setMade(undefined)} />}
      {revoking === undefined ? undefined : (
        <Ask
          title={t('revokeHeading', { name: revoking.name })}
          note={t('revokeNote')}
          label={t('revoke')}
          run={() => withStepUp(() => call('DELETE', `${path}/${revoking.id}`))}
          done={keys.reload}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </section>
  );
}

interface KeyTableProps {
  keys: readonly ApiKey[];
  onRevoke: ((key: ApiKey) => void) | undefined;
}

function KeyTable({ keys, onRevoke }: KeyTableProps) {
  const { t } = useLanguage();
  const columns = [
    { label: t('keyName'), cell: (key: ApiKey) => <Foreign text={key.name} /> },
    { label: t('keyPrefix'), cell: (key: ApiKey) => <code dir="ltr">{key.prefix}…</code> },
    {
      label: t('keyScopes'),
      cell: (key: ApiKey) =>
        key.scopes.includes('*') ? t('scopeAll') : <code dir="ltr">{key.scopes.join(', ')}</code>,
    },
    { label: t('created'), cell: (key: ApiKey) => <When at={key.created_at} /> },
    {
      label: t('expires'),
      cell: (key: ApiKey) => (
        <>
          <When at={key.expires_at} />{' '}
          {key.state === 'expired' ? <span className="state off">{t('expired')}</span> : undefined}
        </>
      ),
    },
  ];
  const revoke = {
    label: t('actions'),
    cell: (key: ApiKey) => (
      <button
        type="button"
        className="danger"
        aria-label={t('revokeHeading', { name: key.name })}
        onClick={() => onRevoke?.(key)}
      >
        {t('revoke')}
      </button>
    ),
  };
  return (
    <Table
      caption={t('keysOfApp')}
      columns={onRevoke === undefined ? columns : [...columns, revoke]}
      rows={keys}
    />
  );
}

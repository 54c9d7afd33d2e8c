import { useState } from 'react';
import { call } from '../api/call.ts';
import { Ask } from '../form/ask.tsx';
import { formatPercent } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useStepUp } from '../login/step-up.tsx';
import { Link } from '../router.tsx';
import { Copyable } from '../show/copyable.tsx';
import { Drawer } from '../show/drawer.tsx';
import { Foreign, showTurning } from '../show/foreign.tsx';
import { When } from '../show/when.tsx';
import { Action, Facts } from '../visits/pieces.tsx';
import { ChangeEndpoint } from './new-endpoint.tsx';
import { EventType, StateBadge, useNow, useSpan } from './pieces.tsx';
import { RotateSecret } from './rotate-secret.tsx';
import type { Endpoint } from './shapes.ts';
import { TestEndpoint } from './test-endpoint.tsx';
import type { OfApp } from './webhooks-page.tsx';
import { ENDPOINT_STATES, hostOf } from './words.ts';

interface EndpointDrawerProps extends OfApp {
  endpoint: Endpoint;
  reload(): Promise<void>;
  onClose(): void;
}

type Question = 'change' | 'rotate' | 'pause' | 'delete';

export function EndpointDrawer({ tenant, app, endpoint, reload, onClose }: EndpointDrawerProps) {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  const [question, ask] = useState<Question>();
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const path = `${appPath}/endpoints/${endpoint.id}`;
  const host = hostOf(endpoint.url);
  const close = () => ask(undefined);
  return (
    <Drawer title={host} onClose={onClose}>
      <EndpointFacts endpoint={endpoint} />
      <p>
        <Link to={`/t/${tenant.id}/deliveries?app=${app.id}&endpoint_id=${endpoint.id}`}>
          {t('deliveriesOf')}
        </Link>
      </p>
      <TestEndpoint tenant={tenant} app={app} endpoint={endpoint} />
      <p className="actions">
        <Action tenant={tenant} may="endpoints.change" onClick={() => ask('change')}>
          {t('changeEndpoint')}
        </Action>
        <Action tenant={tenant} may="endpoints.change" onClick={() => ask('rotate')}>
          {t('rotateSecret')}
        </Action>
        {endpoint.state === 'disabled' ? undefined : (
          <Action tenant={tenant} may="endpoints.change" onClick={() => ask('pause')}>
            {t('pauseEndpoint')}
          </Action>
        )}
        <Action tenant={tenant} may="endpoints.change" isDangerous onClick={() => ask('delete')}>
          {t('deleteEndpoint')}
        </Action>
      </p>
      {question === 'change' ? (
        <ChangeEndpoint appPath={appPath} endpoint={endpoint} reload={reload} onClose={close} />
      ) : undefined}
      {question === 'rotate' ? (
        <RotateSecret path={path} host={host} reload={reload} onClose={close} />
      ) : undefined}
      {question === 'pause' ? (
        <Ask
          title={t('pauseHeading', { host })}
          note={t('pauseNote')}
          label={t('pauseEndpoint')}
          run={() => call('POST', `${path}/disable`, {})}
          done={reload}
          onClose={close}
        />
      ) : undefined}
      {question === 'delete' ? (
        <Ask
          title={t('deleteEndpointHeading', { host })}
          note={t('deleteEndpointNote')}
          label={t('deleteEndpoint')}
          run={() => withStepUp(() => call('DELETE', path))}
          done={async () => {
            onClose();
            await reload();
          }}
          onClose={close}
        />
      ) : undefined}
    </Drawer>
  );
}

function EndpointFacts({ endpoint }: { endpoint: Endpoint }) {
  const { t, language, count } = useLanguage();
  const span = useSpan();
  const age = span(useNow(60_000) - Date.parse(endpoint.secret_made_at));
  const { warning_percent: percent, failing_since: since } = endpoint;
  return (
    <>
      {percent === null || endpoint.state === 'disabled' ? undefined : (
        <p className="note bad">{t('willBeDisabled', { percent: formatPercent(percent / 100, language) })}</p>
      )}
      <Facts
        rows={[
          [
            t('endpointUrl'),
            <Copyable
              key="url"
              text={endpoint.url}
              shown={showTurning(endpoint.url)}
              label={t('copyAddress', { name: t('endpoint') })}
            />,
          ],
          [t('state'), <StateBadge key="state" of={ENDPOINT_STATES[endpoint.state]} />],
          [t('events'), <Events key="events" events={endpoint.events} />],
          [t('lastSuccess'), <When key="success" at={endpoint.last_success_at} />],
          ...(since === null
            ? []
            : ([
                [t('failingSince'), <When key="since" at={since} />],
                [t('attempt'), t('failuresInRow', { count: count(endpoint.failure_count) })],
              ] as const)),
          [t('secretAge'), age],
          ...(endpoint.previous_secrets_until === null
            ? []
            : ([
                [t('previousUntil'), <When key="previous" at={endpoint.previous_secrets_until} />],
              ] as const)),
          [t('endpointId'), <Copyable key="id" text={endpoint.id} label={t('copyId')} />],
        ]}
      />
    </>
  );
}

function Events({ events }: { events: readonly string[] }) {
  const { t } = useLanguage();
  if (events.includes('*')) return <>{t('allEvents')}</>;
  return (
    <ul>
      {events.map((type) => (
        <li key={type}>{type.endsWith('*') ? <Foreign text={type} /> : <EventType type={type} />}</li>
      ))}
    </ul>
  );
}

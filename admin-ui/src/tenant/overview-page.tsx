import type { App, Overview } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { Copyable } from '../show/copyable.tsx';
import { Foreign } from '../show/foreign.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { useStart } from '../start/use-start.ts';
import { ChooseApp } from './choose-app.tsx';
import type { TenantPageProps } from './member-frame.tsx';

export function OverviewPage({ tenant }: TenantPageProps) {
  return (
    <ChooseApp tenant={tenant}>
      {(app) => (
        <>
          <Figures key={app.id} tenantId={tenant.id} app={app} />
          <Addresses app={app} />
          <NextSteps tenantId={tenant.id} mayMakeKeys={tenant.permissions.includes('api_keys.change')} />
          <Facts app={app} />
        </>
      )}
    </ChooseApp>
  );
}

function Figures({ tenantId, app }: { tenantId: string; app: App }) {
  const { t } = useLanguage();
  const overview = useLoad<Overview>(`/tenants/${tenantId}/apps/${app.id}/overview`);
  return (
    <section aria-labelledby="figures">
      <div className="section-head">
        <h2 id="figures">{t('lastDay')}</h2>
        <button type="button" onClick={() => void overview.reload()} aria-disabled={overview.isLoading}>
          {t('refresh')}
        </button>
      </div>
      <ShowLoaded from={overview}>
        {(value) => (
          <>
            {value.sessions.total === 0 ? <p className="note">{t('noVisitsYet')}</p> : undefined}
            <Tiles overview={value} />
            <Trouble overview={value} />
          </>
        )}
      </ShowLoaded>
    </section>
  );
}

function Tiles({ overview }: { overview: Overview }) {
  const { t, count } = useLanguage();
  const { sessions, messages, deliveries } = overview;
  const tiles: [MessageKey, number, string][] = [
    ['sessions', sessions.total, t('ofWhichLanded', { count: count(sessions.landed) })],
    ['messages', messages.total, t('ofWhichSent', { count: count(messages.sent) })],
    ['deliveries', deliveries.total, t('ofWhichDelivered', { count: count(deliveries.delivered) })],
  ];
  return (
    <dl className="tiles">
      {tiles.map(([name, total, note]) => (
        <div key={name}>
          <dt>{t(name)}</dt>
          <dd>
            <strong>{count(total)}</strong> <span>{note}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

const TROUBLES = [
  ['unknown_messages', 'troubleUnknown'],
  ['failed_messages', 'troubleFailed'],
  ['dead_deliveries', 'troubleDead'],
  ['broken_grants', 'troubleGrants'],
] as const satisfies [keyof Overview['trouble'], MessageKey][];

function Trouble({ overview }: { overview: Overview }) {
  const { t, count } = useLanguage();
  const found = TROUBLES.filter(([name]) => overview.trouble[name] > 0);
  if (found.length === 0) return <p className="good">{t('noTrouble')}</p>;
  return (
    <div className="note bad">
      <h3>{t('troubleHeading')}</h3>
      <ul>
        {found.map(([name, text]) => (
          <li key={name}>{t(text, { count: count(overview.trouble[name]) })}</li>
        ))}
      </ul>
    </div>
  );
}

const ADDRESSES = [
  ['init', 'urlInit', 'urlInitNote'],
  ['oauth_redirect', 'urlRedirect', 'urlRedirectNote'],
  ['events', 'urlEvents', 'urlEventsNote'],
  ['fallback', 'urlFallback', 'urlFallbackNote'],
  ['action', 'urlAction', 'urlActionNote'],
] as const satisfies [keyof App['urls'], MessageKey, MessageKey][];

/** Named as the fields of the Kenar panel are. */
function Addresses({ app }: { app: App }) {
  const { t } = useLanguage();
  return (
    <section aria-labelledby="addresses">
      <h2 id="addresses">{t('addressesHeading')}</h2>
      <p>{t('addressesNote')}</p>
      <dl className="addresses">
        {ADDRESSES.map(([name, label, note]) => (
          <div key={name}>
            <dt>{t(label)}</dt>
            <dd>
              <span>{t(note)}</span>
              <Copyable text={app.urls[name]} label={t('copyAddress', { name: t(label) })} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function NextSteps({ tenantId, mayMakeKeys }: { tenantId: string; mayMakeKeys: boolean }) {
  const { t } = useLanguage();
  const { info } = useStart();
  return (
    <section aria-labelledby="next">
      <h2 id="next">{t('nextHeading')}</h2>
      <ul className="links">
        {mayMakeKeys ? (
          <li>
            <Link to={`/t/${tenantId}/api-keys`}>{t('makeApiKey')}</Link> <span>{t('makeApiKeyNote')}</span>
          </li>
        ) : undefined}
        {info?.simulatorUrl ? (
          <li>
            <a href={info.simulatorUrl}>{t('openSimulator')}</a> <span>{t('simulatorNote')}</span>
          </li>
        ) : undefined}
        {info === undefined ? undefined : (
          <li>
            <a href={info.docsUrl}>{t('docs')}</a> <span>{t('docsNote')}</span>
          </li>
        )}
      </ul>
    </section>
  );
}

function Facts({ app }: { app: App }) {
  const { t } = useLanguage();
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">{t('factsHeading')}</h2>
      <dl className="facts">
        <dt>{t('appName')}</dt>
        <dd>
          <Foreign text={app.name} />
        </dd>
        <dt>{t('appId')}</dt>
        <dd>
          <Copyable text={app.id} label={t('copyAppId')} />
        </dd>
        <dt>{t('slug')}</dt>
        <dd>
          <Copyable text={app.slug} label={t('copySlug')} />
        </dd>
        <dt>{t('landing')}</dt>
        <dd>
          <code dir="ltr">{app.landing.url}</code>
        </dd>
      </dl>
    </section>
  );
}

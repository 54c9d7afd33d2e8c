/** What somebody needs who connects his app: the addresses for the Kenar panel, what comes next, what the app is. */
import type { App, TenantOfLogin } from '../api/shapes.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { Copyable } from '../show/copyable.tsx';
import { Foreign } from '../show/foreign.tsx';
import { useStart } from '../start/use-start.ts';

export function FirstSteps({ tenant, app }: { tenant: TenantOfLogin; app: App }) {
  return (
    <>
      <Addresses app={app} />
      <NextSteps tenantId={tenant.id} mayMakeKeys={tenant.permissions.includes('api_keys.change')} />
      <Facts app={app} />
    </>
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

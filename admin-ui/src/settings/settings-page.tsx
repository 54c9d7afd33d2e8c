import type { ReactNode } from 'react';
import type { App } from '../api/shapes.ts';
import { useLoad } from '../api/use-load.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { NewAppButton } from '../setup/new-app.tsx';
import { Copyable } from '../show/copyable.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { ChooseApp, Environment } from '../tenant/choose-app.tsx';
import type { TenantPageProps } from '../tenant/page-props.ts';
import { Danger } from './danger.tsx';
import {
  ActionFields,
  ConsentFields,
  IdentityFields,
  KenarFields,
  LandingFields,
  LimitFields,
  PrivacyFields,
  TestUserFields,
} from './fields.tsx';
import {
  readActions,
  readConsent,
  readIdentity,
  readKenar,
  readLanding,
  readLimits,
  readPrivacy,
  readTestUsers,
} from './parts.ts';
import { PartsForm } from './parts-form.tsx';
import { ActionSecret, Secrets } from './secrets.tsx';
import type { AppSettings, PartName, PartValues } from './shapes.ts';
import './settings.css';

export function SettingsPage({ tenant }: TenantPageProps) {
  return (
    <ChooseApp tenant={tenant}>
      {(app) => (
        <Settings
          key={app.id}
          app={app}
          tenantId={tenant.id}
          mayChange={tenant.permissions.includes('apps.change')}
        />
      )}
    </ChooseApp>
  );
}

interface SettingsProps {
  app: App;
  tenantId: string;
  mayChange: boolean;
}

function Settings({ app, tenantId, mayChange }: SettingsProps) {
  const { t } = useLanguage();
  const appPath = `/tenants/${tenantId}/apps/${app.id}`;
  const settings = useLoad<AppSettings>(`${appPath}/settings`);
  return (
    <ShowLoaded from={settings}>
      {(value) => (
        <>
          <p className="lead">
            <Copyable text={value.slug} label={t('copySlug')} /> <Environment app={app} />{' '}
            {mayChange ? <NewAppButton tenantId={tenantId} /> : undefined}
          </p>
          {value.disabled_at === null ? undefined : <p className="note bad">{t('appIsDisabled')}</p>}
          {mayChange ? undefined : <p className="note">{t('readOnlySettings')}</p>}
          <fieldset className="plain-set" disabled={!mayChange}>
            <Cards appPath={appPath} settings={value} reload={settings.reload} mayChange={mayChange} />
          </fieldset>
          {mayChange ? (
            <>
              <p>
                <Link to={`/t/${tenantId}/apps/${app.id}/setup/checks`}>{t('setupRunNow')}</Link>
              </p>
              <Danger app={app} appPath={appPath} settings={value} reload={settings.reload} />
            </>
          ) : undefined}
        </>
      )}
    </ShowLoaded>
  );
}

interface CardsProps {
  appPath: string;
  settings: AppSettings;
  reload(): Promise<void>;
  mayChange: boolean;
}

function Cards(props: CardsProps) {
  const { settings, mayChange } = props;
  const { t } = useLanguage();
  const part = <Name extends PartName>(name: Name): PartValues[Name] => settings.sections[name].value;
  return (
    <>
      <Card
        {...props}
        heading="identityHeading"
        note="slugFixed"
        parts={['identity', 'kenar']}
        read={(form) => ({ identity: readIdentity(form), kenar: readKenar(form) })}
      >
        <IdentityFields value={part('identity')} />
        <KenarFields value={part('kenar')} />
      </Card>
      {mayChange ? (
        <section aria-labelledby="secrets">
          <h2 id="secrets">{t('secretsHeading')}</h2>
          <Secrets {...props} />
          <ActionSecret {...props} />
        </section>
      ) : undefined}
      <Card
        {...props}
        heading="consentHeading"
        parts={['consent']}
        read={(form) => ({ consent: readConsent(form) })}
      >
        <ConsentFields value={part('consent')} />
      </Card>
      <Card
        {...props}
        heading="landingHeading"
        parts={['landing']}
        read={(form) => ({ landing: readLanding(form, part('landing')) })}
      >
        <LandingFields value={part('landing')} hasPages />
      </Card>
      <Card
        {...props}
        heading="testUsersHeading"
        note="testUsersNote"
        parts={['test_users']}
        read={(form) => ({ test_users: readTestUsers(form) })}
      >
        <TestUserFields value={part('test_users')} />
      </Card>
      <Card
        {...props}
        heading="actionsHeading"
        parts={['actions']}
        read={(form) => ({ actions: readActions(form) })}
      >
        <ActionFields value={part('actions')} />
      </Card>
      <Card
        {...props}
        heading="limitsHeading"
        parts={['limits']}
        read={(form) => ({ limits: readLimits(form) })}
      >
        <LimitFields value={part('limits')} />
        <Kept settings={settings} />
      </Card>
      <Card
        {...props}
        heading="privacyHeading"
        note="privacyNote"
        parts={['privacy']}
        read={(form) => ({ privacy: readPrivacy(form) })}
      >
        <PrivacyAddress settings={settings} />
        <PrivacyFields value={part('privacy')} />
      </Card>
    </>
  );
}

interface CardProps extends CardsProps {
  heading: MessageKey;
  note?: MessageKey;
  parts: readonly PartName[];
  read(form: FormData): Partial<PartValues>;
  children: ReactNode;
}

function Card({ heading, note, children, mayChange: _, ...form }: CardProps) {
  const { t } = useLanguage();
  return (
    <section aria-labelledby={heading}>
      <h2 id={heading}>{t(heading)}</h2>
      {note === undefined ? undefined : <p className="help">{t(note)}</p>}
      <PartsForm {...form}>{children}</PartsForm>
    </section>
  );
}

function Kept({ settings }: { settings: AppSettings }) {
  const { t, count } = useLanguage();
  const { message_text_hours: hours, event_payload_days: days, visit_days: visits } = settings.retention;
  return (
    <dl className="facts">
      <dt>{t('limitRequests')}</dt>
      <dd>{t('perMinute', { count: count(settings.requests_per_minute) })}</dd>
      <dt>{t('keptMessages')}</dt>
      <dd>{t('hours', { count: count(hours) })}</dd>
      <dt>{t('keptEvents')}</dt>
      <dd>{t('days', { count: count(days) })}</dd>
      <dt>{t('keptVisits')}</dt>
      <dd>{t('days', { count: count(visits) })}</dd>
    </dl>
  );
}

function PrivacyAddress({ settings }: { settings: AppSettings }) {
  const { t, language } = useLanguage();
  const address = new URL(`/privacy/${settings.id}`, settings.urls.init).href;
  return (
    <p>
      <Copyable text={address} label={t('copyPrivacy')} />{' '}
      <a href={`${address}${language === 'en' ? '?lang=en' : ''}`} target="_blank" rel="noopener">
        {t('openPrivacy')}
      </a>
    </p>
  );
}

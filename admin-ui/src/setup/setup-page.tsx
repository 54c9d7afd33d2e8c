/** The wizard: six steps, each an address of its own, each saved by itself; where one stands is kept by the gateway. */
import type { ReactNode } from 'react';
import { call } from '../api/call.ts';
import type { App } from '../api/shapes.ts';
import { type Loaded, useLoad } from '../api/use-load.ts';
import { useLanguage } from '../i18n/language.tsx';
import { NotFoundCard } from '../not-found-page.tsx';
import { GoTo, Link, useRouter } from '../router.tsx';
import type { AppSettings } from '../settings/shapes.ts';
import { ShowLoaded } from '../show/loaded.tsx';
import { ChooseApp } from '../tenant/choose-app.tsx';
import type { TenantPageProps } from '../tenant/page-props.ts';
import { AddressesStep } from './addresses-step.tsx';
import { ChecksStep } from './checks-step.tsx';
import { IdentityStep } from './identity-step.tsx';
import { KeysStep } from './keys-step.tsx';
import { ScopesStep } from './scopes-step.tsx';
import { ServiceStep } from './service-step.tsx';
import { type Setup, STEPS, type Step } from './shapes.ts';
import { useSetup } from './use-setup.ts';
import { STEP_NAMES } from './words.ts';
import '../settings/settings.css';
import './setup.css';

export interface StepProps {
  app: App;
  tenantId: string;
  appPath: string;
  settings: AppSettings;
  setup: Setup;
  reload(): Promise<void>;
  /** Marks the step and goes to the next one. */
  next(mark: 'done' | 'skipped'): Promise<void>;
  /** The buttons beside the main one. */
  ways: ReactNode;
}

const PAGES: Record<Step, (props: StepProps) => ReactNode> = {
  identity: (props) => <IdentityStep {...props} />,
  keys: (props) => <KeysStep {...props} />,
  scopes: (props) => <ScopesStep {...props} />,
  addresses: (props) => <AddressesStep {...props} />,
  service: (props) => <ServiceStep {...props} />,
  checks: (props) => <ChecksStep {...props} />,
};

export function SetupPage({ tenant, rest }: TenantPageProps) {
  return (
    <ChooseApp tenant={tenant}>
      {(app) => {
        const home = `/t/${tenant.id}/apps/${app.id}/setup`;
        const [step, ...more] = rest;
        if (step === undefined) return <FirstOpenStep home={home} appPath={pathOf(tenant.id, app)} />;
        const known = STEPS.find((one) => one === step);
        if (known === undefined || more.length > 0) return <NotFoundCard />;
        return <SetupStep key={app.id} app={app} tenantId={tenant.id} home={home} step={known} />;
      }}
    </ChooseApp>
  );
}

const pathOf = (tenantId: string, app: App) => `/tenants/${tenantId}/apps/${app.id}`;

/** Whoever comes back goes on where he stopped. */
function FirstOpenStep({ home, appPath }: { home: string; appPath: string }) {
  const setup = useLoad<Setup>(`${appPath}/setup`);
  return (
    <ShowLoaded from={setup}>
      {({ steps }) => <GoTo to={`${home}/${STEPS.find((step) => steps[step] !== 'done') ?? 'checks'}`} />}
    </ShowLoaded>
  );
}

interface SetupStepProps {
  app: App;
  tenantId: string;
  home: string;
  step: Step;
}

function SetupStep({ app, tenantId, home, step }: SetupStepProps) {
  const appPath = pathOf(tenantId, app);
  const setup = useSetup(appPath, step === 'addresses' || step === 'checks');
  const settings = useLoad<AppSettings>(`${appPath}/settings`);
  return (
    <>
      <Stepper home={home} step={step} setup={setup} />
      <ShowLoaded from={settings}>
        {(settingsValue) => (
          <ShowLoaded from={setup}>
            {(setupValue) => (
              <StepCard
                {...{ app, tenantId, appPath, home, step }}
                settings={settingsValue}
                setup={setupValue}
                reload={async () => {
                  await Promise.all([settings.reload(), setup.reload()]);
                }}
              />
            )}
          </ShowLoaded>
        )}
      </ShowLoaded>
    </>
  );
}

type StepCardProps = Omit<StepProps, 'next' | 'ways'> & { home: string; step: Step };

function StepCard({ home, step, ...props }: StepCardProps) {
  const { t, count } = useLanguage();
  const { go } = useRouter();
  const number = STEPS.indexOf(step);
  const following = STEPS[number + 1];
  const before = STEPS[number - 1];
  const next = async (mark: 'done' | 'skipped') => {
    await call('PATCH', `${props.appPath}/setup`, { steps: { [step]: mark } });
    await props.reload();
    if (following !== undefined) go(`${home}/${following}`);
  };
  const ways = (
    <>
      {following === undefined || props.setup.steps[step] === 'done' ? undefined : (
        <button type="button" onClick={() => void next('skipped')}>
          {t('skipStep')}
        </button>
      )}
      {before === undefined ? undefined : <Link to={`${home}/${before}`}>{t('previousStep')}</Link>}
    </>
  );
  return (
    <section aria-labelledby="step" className="step-card">
      <p className="quiet">{t('setupStepOf', { number: count(number + 1), total: count(STEPS.length) })}</p>
      <h2 id="step">{t(STEP_NAMES[step])}</h2>
      {PAGES[step]({ ...props, next, ways })}
    </section>
  );
}

/** Where one stands, and the way to every other step. */
function Stepper({ home, step, setup }: { home: string; step: Step; setup: Loaded<Setup> }) {
  const { t } = useLanguage();
  const steps = setup.value?.steps ?? {};
  const wordOf = (one: Step) =>
    t(steps[one] === 'done' ? 'stepDone' : steps[one] === 'skipped' ? 'stepSkipped' : 'stepOpen');
  return (
    <nav aria-label={t('setupSteps')} className="stepper">
      <ol>
        {STEPS.map((one) => (
          <li key={one} className={steps[one]}>
            <Link to={`${home}/${one}`} {...(one === step ? { 'aria-current': 'step' as const } : {})}>
              {t(STEP_NAMES[one])} <span className="unseen">({wordOf(one)})</span>
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}

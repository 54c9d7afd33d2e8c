import { useState } from 'react';
import { call, type Failure, type Outcome } from '../api/call.ts';
import { Field } from '../form/field.tsx';
import { Form } from '../form/form.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { CheckRow } from './check-row.tsx';
import type { StepProps } from './setup-page.tsx';
import { CHECKS, type CheckName, isAwaited, type Setup } from './shapes.ts';
import { CHECK_NAMES, STEP_OF_CHECK } from './words.ts';

export function ChecksStep({ app, tenantId, appPath, setup, reload, ways }: StepProps) {
  const { t } = useLanguage();
  const [running, setRunning] = useState<ReadonlySet<CheckName>>(new Set());
  const [failure, setFailure] = useState<Failure>();
  const home = `/t/${tenantId}/apps/${app.id}`;

  const run = async (name: CheckName) => {
    setRunning((names) => new Set([...names, name]));
    const outcome: Outcome<Setup> = await call('POST', `${appPath}/setup/checks/${name}`);
    setFailure(outcome.ok ? undefined : outcome.failure);
    await reload();
    setRunning((names) => new Set([...names].filter((one) => one !== name)));
  };
  const runAll = () => {
    if (running.size > 0) return;
    for (const name of CHECKS) if (app.environment === 'sandbox' || !isAwaited(name)) void run(name);
  };

  return (
    <>
      <p>{t('checksNote')}</p>
      {app.environment === 'live' ? <TestPost appPath={appPath} setup={setup} reload={reload} /> : undefined}
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      <p className="actions">
        <button type="button" className="button" aria-disabled={running.size > 0} onClick={runAll}>
          {t('runAll')}
        </button>
        {ways}
      </p>
      <ol className="checks">
        {setup.checks.map((check) => (
          <CheckRow
            key={check.name}
            check={check}
            isRunning={running.has(check.name)}
            isLive={app.environment === 'live'}
            consentUrl={setup.consent_url}
            fixPath={`${home}/setup/${STEP_OF_CHECK[check.name]}`}
            run={() => void run(check.name)}
          />
        ))}
      </ol>
      <Summary home={home} setup={setup} isSandbox={app.environment === 'sandbox'} />
    </>
  );
}

/** Which post the API key is tried with. */
function TestPost({ appPath, setup, reload }: Pick<StepProps, 'appPath' | 'setup' | 'reload'>) {
  const { t } = useLanguage();
  return (
    <Form
      label={t('save')}
      run={({ test_post: post = '' }) =>
        call('PATCH', `${appPath}/setup`, { test_post: post.trim() === '' ? null : post.trim() })
      }
      done={reload}
    >
      <Field
        name="test_post"
        label={t('testPost')}
        help={t('testPostHelp')}
        dir="ltr"
        required={false}
        maxLength={64}
        defaultValue={setup.test_post ?? ''}
      />
    </Form>
  );
}

function Summary({ home, setup, isSandbox }: { home: string; setup: Setup; isSandbox: boolean }) {
  const { t } = useLanguage();
  return (
    <div className={setup.open.length === 0 ? 'note' : 'note warn'}>
      <h3>{t('setupSummary')}</h3>
      {setup.open.length === 0 ? (
        <p className="good">{t('checklistDone')}</p>
      ) : (
        <>
          <p>{t('checklistHeading')}:</p>
          <ul className="open-items">
            {setup.open.map((name) => (
              <li key={name}>
                <Link to={`${home}/setup/${STEP_OF_CHECK[name]}`}>{t(CHECK_NAMES[name])}</Link>
              </li>
            ))}
          </ul>
        </>
      )}
      {isSandbox ? (
        <p>
          <Link className="button" to={`${home}/simulator`}>
            {t('setupToSimulator')}
          </Link>
        </p>
      ) : undefined}
    </div>
  );
}

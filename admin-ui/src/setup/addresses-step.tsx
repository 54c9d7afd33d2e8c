import { useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Copyable, CopyButton } from '../show/copyable.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { When } from '../show/when.tsx';
import { NextButton } from './next-button.tsx';
import type { StepProps } from './setup-page.tsx';
import type { Arrival, ArrivalKind } from './shapes.ts';
import { SideBySide } from './side-by-side.tsx';

const ROWS = [
  ['init', 'init', 'urlInit', 'urlInitNote'],
  ['oauth_redirect', 'redirect', 'urlRedirect', 'urlRedirectNote'],
  ['events', 'events', 'urlEvents', 'urlEventsNote'],
  ['fallback', 'fallback', 'urlFallback', 'urlFallbackNote'],
  ['action', 'action', 'urlAction', 'urlActionNote'],
] as const satisfies [keyof StepProps['settings']['urls'], ArrivalKind, MessageKey, MessageKey][];

export function AddressesStep({ app, appPath, settings, setup, reload, next, ways }: StepProps) {
  const { t } = useLanguage();
  const all = ROWS.map(([url, , label]) => `${t(label)}: ${settings.urls[url]}`).join('\n');
  return (
    <SideBySide step="addresses" first="init">
      <p>{t('addressesStepNote')}</p>
      <dl className="address-rows">
        {ROWS.map(([url, kind, label, note]) => (
          <div key={url} className="address-row" data-kenar={url}>
            <dt>{t(label)}</dt>
            <dd>
              <span className="help">{t(note)}</span>
              <Copyable text={settings.urls[url]} label={t('copyAddress', { name: t(label) })} />
              <ArrivalLine kind={kind} arrival={setup.arrivals[kind]} />
            </dd>
          </div>
        ))}
      </dl>
      <p>
        <CopyButton text={all} label={t('copyAllAddresses')} />
      </p>
      {app.environment === 'sandbox' ? <Tap appPath={appPath} reload={reload} /> : undefined}
      <NextButton next={next} ways={ways} />
    </SideBySide>
  );
}

function ArrivalLine({ kind, arrival }: { kind: ArrivalKind; arrival: Arrival | null }) {
  const { t } = useLanguage();
  const isUsers = kind === 'redirect' || kind === 'fallback';
  return (
    <span role="status" className="arrival">
      {arrival === null ? (
        <span className="state off">{t(isUsers ? 'waitsForUser' : 'waitsForDivar')}</span>
      ) : (
        <>
          <span className="state on">{t('checkPassed')}</span> {t('arrivedAt')} <When at={arrival.first_at} />
          {arrival.address === null ? undefined : (
            <>
              {' '}
              {t('arrivedFrom')} <code dir="ltr">{arrival.address}</code>
            </>
          )}
        </>
      )}
    </span>
  );
}

/** What a person at Divar would do, done by the simulator. */
function Tap({ appPath, reload }: { appPath: string; reload(): Promise<void> }) {
  const { t } = useLanguage();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const tap = async () => {
    if (isBusy) return;
    setBusy(true);
    const outcomes = await Promise.all([
      call('POST', `${appPath}/setup/tap`),
      call('POST', `${appPath}/setup/checks/redirect`),
      call('POST', `${appPath}/setup/checks/events`),
    ]);
    const failed = outcomes.find((outcome) => !outcome.ok);
    setFailure(failed && !failed.ok ? failed.failure : undefined);
    await reload();
    setBusy(false);
  };
  return (
    <div className="note">
      <p>{t('tapNote')}</p>
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      <button type="button" aria-disabled={isBusy} onClick={() => void tap()}>
        {t('tapNow')}
      </button>
    </div>
  );
}

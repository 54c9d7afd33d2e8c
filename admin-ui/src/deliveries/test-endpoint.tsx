import { useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { Action } from '../visits/pieces.tsx';
import { AnswerText } from './attempt-view.tsx';
import { AnswerCode, DeliveryCode } from './pieces.tsx';
import type { Delivery, DeliveryWithAttempts, Endpoint } from './shapes.ts';
import { useDelivery } from './use-delivery.ts';
import type { OfApp } from './webhooks-page.tsx';
import { EVENT_FAMILIES } from './words.ts';

/** An example event, and the endpoint's answer to it in the same place. */
export function TestEndpoint({ tenant, app, endpoint }: OfApp & { endpoint: Endpoint }) {
  const { t } = useLanguage();
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const [type, setType] = useState('chat.message.received');
  const [asked, setAsked] = useState<{ id: string; since: number }>();
  const [failure, setFailure] = useState<Failure>();
  const followed = useDelivery(appPath, asked);
  const send = async () => {
    setAsked(undefined);
    const outcome = await call<Delivery>('POST', `${appPath}/endpoints/${endpoint.id}/test`, { type });
    setFailure(outcome.ok ? undefined : outcome.failure);
    if (outcome.ok) setAsked({ id: outcome.value.id, since: 0 });
  };
  if (endpoint.state === 'disabled') return null;
  return (
    <section aria-labelledby="test">
      <h3 id="test">{t('testEndpoint')}</h3>
      <p className="help">{t('testEndpointNote')}</p>
      <p className="field">
        <label htmlFor="test-type">{t('eventType')}</label>
        <select id="test-type" value={type} onChange={(event) => setType(event.currentTarget.value)}>
          {EVENT_FAMILIES.map(([family, types]) => (
            <optgroup key={family} label={t(family)}>
              {types.map(([one, name]) => (
                <option key={one} value={one}>
                  {t(name)}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </p>
      <Action tenant={tenant} may="endpoints.change" isMain onClick={() => void send()}>
        {t('testEndpoint')}
      </Action>
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      {followed.failure === undefined ? undefined : <FailureNote failure={followed.failure} />}
      <div role="status" className="said">
        {asked === undefined ? undefined : (
          <TestResult delivery={followed.delivery} isLate={followed.isLate} />
        )}
      </div>
      {asked === undefined ? undefined : (
        <p>
          <Link to={`/t/${tenant.id}/deliveries?app=${app.id}&open=${asked.id}`}>{t('openDelivery')}</Link>
        </p>
      )}
    </section>
  );
}

function TestResult({ delivery, isLate }: { delivery: DeliveryWithAttempts | undefined; isLate: boolean }) {
  const { t, count } = useLanguage();
  const attempt = delivery?.attempt_list.at(-1);
  if (attempt === undefined) return <p className="note">{t(isLate ? 'testLate' : 'testSending')}</p>;
  const isTaken = attempt.outcome === 'delivered';
  return (
    <div className={isTaken ? 'note' : 'note bad'}>
      <p>
        <AnswerCode status={attempt.status} />{' '}
        {attempt.duration_ms === null ? undefined : (
          <span className="quiet">{t('milliseconds', { count: count(attempt.duration_ms) })}</span>
        )}
      </p>
      <p>
        {t(isTaken ? 'testDelivered' : 'testFailed')}{' '}
        {attempt.code === null ? undefined : <DeliveryCode code={attempt.code} />}
      </p>
      <AnswerText attempt={attempt} />
    </div>
  );
}

import { useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import { useLoad } from '../api/use-load.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useLive } from '../live/use-live.ts';
import { Link } from '../router.tsx';
import { Copyable } from '../show/copyable.tsx';
import { Drawer } from '../show/drawer.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { Foreign } from '../show/foreign.tsx';
import { ShowLoaded } from '../show/loaded.tsx';
import { When } from '../show/when.tsx';
import { Action, Facts, MaskedNote } from '../visits/pieces.tsx';
import { AttemptView } from './attempt-view.tsx';
import { NextAttempt } from './next-attempt.tsx';
import { DeliveryCode, EventType, StateBadge } from './pieces.tsx';
import type { Delivery, DeliveryWithAttempts } from './shapes.ts';
import { isSettled } from './use-delivery.ts';
import type { OfApp } from './webhooks-page.tsx';
import { DELIVERY_STATES } from './words.ts';

interface DeliveryDrawerProps extends OfApp {
  id: string;
  onClose(): void;
}

export function DeliveryDrawer({ tenant, app, id, onClose }: DeliveryDrawerProps) {
  const { t } = useLanguage();
  const appPath = `/tenants/${tenant.id}/apps/${app.id}`;
  const delivery = useLoad<DeliveryWithAttempts>(`${appPath}/deliveries/${id}`);
  useLive(appPath, (event) => {
    if (event.id === id || event.name === 'resync') void delivery.reload();
  });
  const type = delivery.value?.event_type ?? '';
  return (
    <Drawer title={t('deliveryOf', { type })} onClose={onClose}>
      <ShowLoaded from={delivery}>
        {(value) => (
          <>
            <MaskedNote tenant={tenant} />
            <DeliveryFacts tenant={tenant} app={app} delivery={value} />
            <Retry tenant={tenant} app={app} delivery={value} reload={delivery.reload} />
            <Attempts delivery={value} mayRead={tenant.permissions.includes('contents.read')} />
          </>
        )}
      </ShowLoaded>
    </Drawer>
  );
}

type OfDelivery = OfApp & { delivery: DeliveryWithAttempts };

function DeliveryFacts({ tenant, app, delivery }: OfDelivery) {
  const { t, count } = useLanguage();
  const page = (name: string, id: string) => `/t/${tenant.id}/${name}?app=${app.id}&open=${id}`;
  const tries = { number: count(delivery.attempts), max: count(delivery.max_attempts) };
  return (
    <Facts
      rows={[
        [t('deliveryState'), <StateBadge key="state" of={DELIVERY_STATES[delivery.state]} />],
        [t('event'), <EventType key="type" type={delivery.event_type} />],
        [
          t('eventId'),
          <Link key="event" to={page('events', delivery.event_id)}>
            <code dir="ltr">{delivery.event_id}</code>
          </Link>,
        ],
        [
          t('endpoint'),
          <Link key="endpoint" to={page('webhooks', delivery.endpoint_id)}>
            <span dir="ltr">
              <Foreign text={delivery.url ?? delivery.endpoint_id} />
            </span>
          </Link>,
        ],
        [t('attempt'), t('attemptOf', tries)],
        ...(delivery.code === null
          ? []
          : ([[t('answerCode'), <DeliveryCode key="code" code={delivery.code} />]] as const)),
        ...(delivery.state === 'pending'
          ? ([[t('nextAttempt'), <NextAttempt key="next" delivery={delivery} />]] as const)
          : []),
        [t('created'), <When key="created" at={delivery.created_at} />],
        ...(delivery.replay_of === null
          ? []
          : ([
              [
                t('replayed'),
                <Link key="job" to={page('jobs', delivery.replay_of)}>
                  <code dir="ltr">{delivery.replay_of}</code>
                </Link>,
              ],
            ] as const)),
        [t('deliveryId'), <Copyable key="id" text={delivery.id} label={t('copyId')} />],
      ]}
    />
  );
}

/** What the gateway has accepted is not delivered yet: both are said, each when it is true. */
function Retry({ tenant, app, delivery, reload }: OfDelivery & { reload(): Promise<void> }) {
  const { t } = useLanguage();
  const [since, setSince] = useState<number>();
  const [failure, setFailure] = useState<Failure>();
  const retry = async () => {
    const path = `/tenants/${tenant.id}/apps/${app.id}/deliveries/${delivery.id}/retry`;
    const outcome = await call<Delivery>('POST', path, {});
    setFailure(outcome.ok ? undefined : outcome.failure);
    if (outcome.ok) setSince(outcome.value.attempts);
    await reload();
  };
  return (
    <>
      <p className="actions">
        <Action tenant={tenant} may="events.replay" onClick={() => void retry()}>
          {t('retryDelivery')}
        </Action>
      </p>
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      <div role="status" className="said">
        {since === undefined ? undefined : <RetrySaid delivery={delivery} since={since} />}
      </div>
    </>
  );
}

function RetrySaid({ delivery, since }: { delivery: Delivery; since: number }) {
  const { t } = useLanguage();
  if (!isSettled(delivery, since)) return <p className="note">{t('retryAccepted')}</p>;
  if (delivery.state === 'delivered') return <p className="note good">{t('retryDelivered')}</p>;
  return <p className="note bad">{t('retryFailed')}</p>;
}

function Attempts({ delivery, mayRead }: { delivery: DeliveryWithAttempts; mayRead: boolean }) {
  const { t } = useLanguage();
  const newestFirst = [...delivery.attempt_list].reverse();
  return (
    <section aria-labelledby="attempts">
      <h3 id="attempts">{t('attemptsHeading')}</h3>
      {newestFirst.length === 0 ? <p>{t('noAttemptsYet')}</p> : undefined}
      {newestFirst.map((attempt, index) => (
        <AttemptView
          key={attempt.id}
          attempt={attempt}
          delivery={delivery}
          isOpen={index === 0}
          mayRead={mayRead}
        />
      ))}
    </section>
  );
}

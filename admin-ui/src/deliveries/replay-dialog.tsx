import { useEffect, useState } from 'react';
import { call, type Failure, type Outcome } from '../api/call.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useRouter } from '../router.tsx';
import { Dialog } from '../show/dialog.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { When } from '../show/when.tsx';
import { Facts } from '../visits/pieces.tsx';
import { useSpan } from './pieces.tsx';
import type { Endpoint, Job, ReplayCount, ReplayRequest } from './shapes.ts';
import { hostOf } from './words.ts';

interface ReplayDialogProps {
  appPath: string;
  tenantId: string;
  /** With `undelivered` as it is suggested; whoever looks at the plan decides. */
  request: ReplayRequest;
  /** What is looked at is narrowed by more than a replay knows. */
  isWider?: boolean;
  endpoints?: readonly Endpoint[];
  onClose(): void;
}

/** A plan first: how much, from when to when, and that it may be heard twice. Nothing begins without a second click. */
export function ReplayDialog(props: ReplayDialogProps) {
  const { appPath, isWider = false, endpoints = [], onClose } = props;
  const [isMissing, setMissing] = useState(props.request.undelivered === true);
  const request: ReplayRequest = { ...props.request, undelivered: isMissing };
  const { t } = useLanguage();
  const { go } = useRouter();
  const plan = usePlan(appPath, request);
  const [failure, setFailure] = useState<Failure>();
  const [isStarting, setStarting] = useState(false);
  const start = async () => {
    if (isStarting) return;
    setStarting(true);
    const outcome = await call<Job>('POST', `${appPath}/events/replay`, request);
    setStarting(false);
    setFailure(outcome.ok ? undefined : outcome.failure);
    if (!outcome.ok) return;
    const appId = appPath.split('/').at(-1);
    go(`/t/${props.tenantId}/jobs?app=${appId}&open=${outcome.value.id}`);
  };
  return (
    <Dialog title={t('replayHeading')} onClose={onClose}>
      <p>{t('replayPlanNote')}</p>
      {isWider ? <p className="note">{t('replayIgnores')}</p> : undefined}
      <label className="check">
        <input type="checkbox" checked={isMissing} onChange={() => setMissing(!isMissing)} />{' '}
        {t('replayMissing')}
      </label>
      {plan === undefined ? <p role="status">{t('replayCounting')}</p> : undefined}
      {plan?.ok === false ? <FailureNote failure={plan.failure} /> : undefined}
      {plan?.ok ? <Plan count={plan.value} endpoints={endpoints} /> : undefined}
      <p className="note warn">{t(isMissing ? 'replayMissingWarning' : 'replayWarning')}</p>
      {failure === undefined ? undefined : (
        <>
          <FailureNote failure={failure} />
          {failure.code === 'conflict' ? <p>{t('replayTooMany')}</p> : undefined}
        </>
      )}
      <p className="actions">
        <button
          type="button"
          className="button"
          disabled={!plan?.ok || plan.value.total === 0}
          aria-disabled={isStarting}
          onClick={() => void start()}
        >
          {t('replayStart')}
        </button>
        <button type="button" onClick={onClose}>
          {t('cancel')}
        </button>
      </p>
    </Dialog>
  );
}

function usePlan(appPath: string, request: ReplayRequest): Outcome<ReplayCount> | undefined {
  const [plan, setPlan] = useState<Outcome<ReplayCount>>();
  const asked = JSON.stringify(request);
  useEffect(() => {
    let isGone = false;
    setPlan(undefined);
    void call<ReplayCount>('POST', `${appPath}/events/replay/count`, JSON.parse(asked)).then((outcome) => {
      if (!isGone) setPlan(outcome);
    });
    return () => {
      isGone = true;
    };
  }, [appPath, asked]);
  return plan;
}

/** Deliveries in a second to an endpoint that answers fast, as measured; a slow one takes longer. */
const PER_SECOND = 100;

function Plan({ count: plan, endpoints }: { count: ReplayCount; endpoints: readonly Endpoint[] }) {
  const { t, count } = useLanguage();
  const span = useSpan();
  if (plan.total === 0) return <p className="note">{t('replayNothing')}</p>;
  const nameOf = (id: string) => {
    const url = endpoints.find((one) => one.id === id)?.url;
    return url === undefined ? id : hostOf(url);
  };
  return (
    <>
      <Facts
        rows={[
          [t('replayTotal'), <strong key="total">{count(plan.total)}</strong>],
          [t('replayOldest'), <When key="oldest" at={plan.oldest_at} />],
          [t('replayNewest'), <When key="newest" at={plan.newest_at} />],
          [t('replayEstimate'), span((plan.total / PER_SECOND) * 1000)],
        ]}
      />
      {plan.endpoints.length > 1 ? (
        <>
          <h3>{t('replayByEndpoint')}</h3>
          <ul>
            {plan.endpoints.map(({ endpoint_id: id, total }) => (
              <li key={id}>
                <bdi dir="ltr">{nameOf(id)}</bdi>: {count(total)}
              </li>
            ))}
          </ul>
        </>
      ) : undefined}
    </>
  );
}

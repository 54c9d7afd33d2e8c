import { useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import { ReplayDialog } from '../deliveries/replay-dialog.tsx';
import type { OfApp } from '../deliveries/webhooks-page.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { Link } from '../router.tsx';
import { CopyButton } from '../show/copyable.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { Foreign } from '../show/foreign.tsx';
import { When } from '../show/when.tsx';
import { Action } from '../visits/pieces.tsx';
import { reportOf, ticketOf } from './report.ts';
import type { ErrorGroup } from './shapes.ts';
import { Sparkline } from './sparkline.tsx';
import { AFFECTED, KINDS, PLACES, pageOfId, STATES } from './words.ts';

interface GroupProps extends OfApp {
  group: ErrorGroup;
  reload(): Promise<void>;
}

/** One cause: how often, since when, whom it touches, and what to do. */
export function ErrorGroupCard({ tenant, app, group, reload }: GroupProps) {
  const { t, language, count } = useLanguage();
  const [isReplaying, setReplaying] = useState(false);
  const { cause, fix } = group.cause[language];
  const affected = AFFECTED[group.kind];
  const headingId = `error-${group.id}`;
  return (
    <article className="card error-group" aria-labelledby={headingId}>
      <div className="error-head">
        <h2 id={headingId}>
          <Foreign text={cause} />
        </h2>
        <p>
          <span className={`state ${group.state === 'open' ? 'wrong' : 'off'}`}>
            {t(STATES[group.state])}
          </span>{' '}
          {group.reopened ? <span className="state starting">{t('errorsReopened')}</span> : undefined}{' '}
          <span className="quiet">{t(KINDS[group.kind])}</span>{' '}
          <code dir="ltr" className="quiet">
            {group.code}
          </code>
        </p>
      </div>
      <dl className="error-facts">
        <div>
          <dt className="unseen">{t('errorLastDay')}</dt>
          <dd>
            <Sparkline hours={group.hours} />
            <strong>{t('errorCount', { count: count(group.count) })}</strong>
          </dd>
        </div>
        <div>
          <dt>{t('errorLast')}</dt>
          <dd>
            <When at={group.last_at} />
          </dd>
        </div>
        <div>
          <dt>{t('errorFirst')}</dt>
          <dd>
            <When at={group.first_at} />
          </dd>
        </div>
        {affected === undefined || group.affected_count === null ? undefined : (
          <div>
            <dt>{t('errorAffected')}</dt>
            <dd>{t(affected, { count: count(group.affected_count) })}</dd>
          </div>
        )}
      </dl>
      <p>
        <strong>{t('errorWhatToDo')}</strong> <Foreign text={fix} />
      </p>
      <Examples tenant={tenant} app={app} group={group} />
      <Actions tenant={tenant} app={app} group={group} reload={reload} replay={() => setReplaying(true)} />
      {isReplaying ? (
        <ReplayDialog
          appPath={`/tenants/${tenant.id}/apps/${app.id}`}
          tenantId={tenant.id}
          request={{
            from: group.first_at,
            undelivered: true,
            ...(group.endpoint_id === null ? {} : { endpoint_id: group.endpoint_id }),
          }}
          onClose={() => setReplaying(false)}
        />
      ) : undefined}
    </article>
  );
}

function Examples({ tenant, app, group }: Omit<GroupProps, 'reload'>) {
  const { t } = useLanguage();
  const shown = group.example_ids.flatMap((id) => {
    const page = pageOfId(id);
    return page === undefined ? [] : [{ id, to: `/t/${tenant.id}/${page}?app=${app.id}&open=${id}` }];
  });
  if (shown.length === 0) return null;
  return (
    <details>
      <summary>{t('errorExamples')}</summary>
      <ul>
        {shown.map(({ id, to }) => (
          <li key={id}>
            <Link to={to}>
              <code dir="ltr">{id}</code>
            </Link>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Actions({ tenant, app, group, reload, replay }: GroupProps & { replay(): void }) {
  const { t } = useLanguage();
  const [failure, setFailure] = useState<Failure>();
  const place = group.cause.page === null ? undefined : PLACES[group.cause.page];
  const decide = async (verb: 'mute' | 'resolve' | 'reopen') => {
    const path = `/tenants/${tenant.id}/apps/${app.id}/errors/${group.id}/${verb}`;
    const outcome = await call('POST', path, {});
    setFailure(outcome.ok ? undefined : outcome.failure);
    await reload();
  };
  return (
    <>
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      <p className="actions">
        {place === undefined ? undefined : (
          <Link className="button plain" to={placeOf(tenant.id, app.id, place.path, group)}>
            {t('errorGoTo', { page: t(place.name) })}
          </Link>
        )}
        {group.kind === 'delivery' ? (
          <Action tenant={tenant} may="events.replay" onClick={replay}>
            {t('errorReplay')}
          </Action>
        ) : undefined}
        {group.state === 'open' ? (
          <>
            <Action tenant={tenant} may="errors.change" onClick={() => void decide('resolve')}>
              {t('errorResolve')}
            </Action>
            <Action tenant={tenant} may="errors.change" onClick={() => void decide('mute')}>
              {t('errorMute')}
            </Action>
          </>
        ) : (
          <Action tenant={tenant} may="errors.change" onClick={() => void decide('reopen')}>
            {t('errorReopen')}
          </Action>
        )}
        <CopyButton text={reportOf(app, group)} label={t('errorCopyReport')} />
        {group.cause.needs_ticket ? (
          <CopyButton text={ticketOf(app, group)} label={t('errorCopyTicket')} />
        ) : undefined}
      </p>
    </>
  );
}

/** Deliveries that failed so are what one wants to see there, not all of them. */
function placeOf(tenantId: string, appId: string, path: string, group: ErrorGroup): string {
  const query = new URLSearchParams(path.includes(':app') ? {} : { app: appId });
  if (path === 'deliveries') {
    query.set('state', 'dead');
    query.set('code', group.code);
  }
  if (group.endpoint_id !== null && path === 'deliveries') query.set('endpoint_id', group.endpoint_id);
  if (group.endpoint_id !== null && path === 'webhooks') query.set('open', group.endpoint_id);
  return `/t/${tenantId}/${path.replace(':app', appId)}${query.size > 0 ? `?${query}` : ''}`;
}

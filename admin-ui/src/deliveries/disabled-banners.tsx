import { useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import type { TenantOfLogin } from '../api/shapes.ts';
import { formatInstant } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import { Foreign } from '../show/foreign.tsx';
import { Action } from '../visits/pieces.tsx';
import { ReplayDialog } from './replay-dialog.tsx';
import type { Endpoint } from './shapes.ts';
import { DISABLED_REASONS, hostOf } from './words.ts';

interface BannersProps {
  appPath: string;
  tenant: TenantOfLogin;
  endpoints: readonly Endpoint[];
  reload(): Promise<void>;
}

/** Endpoints to which nothing goes any more, and the way back: enabled, and told what they have missed. */
export function DisabledBanners({ endpoints, ...rest }: BannersProps) {
  const [missed, setMissed] = useState<Endpoint>();
  return (
    <>
      {endpoints
        .filter(({ state }) => state === 'disabled')
        .map((endpoint) => (
          <Banner key={endpoint.id} endpoint={endpoint} {...rest} onEnabled={setMissed} />
        ))}
      {missed === undefined ? undefined : (
        <ReplayDialog
          appPath={rest.appPath}
          tenantId={rest.tenant.id}
          request={{
            endpoint_id: missed.id,
            undelivered: true,
            // What failed before it was given up is missing too.
            ...from(missed.failing_since ?? missed.disabled_at),
          }}
          onClose={() => setMissed(undefined)}
        />
      )}
    </>
  );
}

function from(at: string | null): { from?: string } {
  return at === null ? {} : { from: at };
}

interface BannerProps extends Omit<BannersProps, 'endpoints'> {
  endpoint: Endpoint;
  onEnabled(endpoint: Endpoint): void;
}

function Banner({ appPath, tenant, endpoint, reload, onEnabled }: BannerProps) {
  const { t, language } = useLanguage();
  const [failure, setFailure] = useState<Failure>();
  const enable = async (replays: boolean) => {
    const outcome = await call<Endpoint>('POST', `${appPath}/endpoints/${endpoint.id}/enable`, {});
    setFailure(outcome.ok ? undefined : outcome.failure);
    if (!outcome.ok) return;
    if (replays) onEnabled(endpoint);
    await reload();
  };
  const { disabled_reason: reason, disabled_at: at } = endpoint;
  return (
    <div className="note bad">
      <p>
        <strong dir="ltr">
          <Foreign text={hostOf(endpoint.url)} />
        </strong>
        {': '}
        {reason === null ? undefined : t(DISABLED_REASONS[reason])}{' '}
        {at === null ? undefined : t('disabledSince', { at: formatInstant(at, language) })}
      </p>
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      <p className="actions">
        <Action tenant={tenant} may="endpoints.change" isMain onClick={() => void enable(true)}>
          {t('enableAndReplay')}
        </Action>
        <Action tenant={tenant} may="endpoints.change" onClick={() => void enable(false)}>
          {t('enableOnly')}
        </Action>
      </p>
    </div>
  );
}

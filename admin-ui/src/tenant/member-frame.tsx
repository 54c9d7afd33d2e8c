/** Around every page of somebody who has signed in. */
import { type ReactNode, useEffect } from 'react';
import type { Login, TenantOfLogin } from '../api/shapes.ts';
import { Frame } from '../frame.tsx';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage, useTitle } from '../i18n/language.tsx';
import { LiveDot } from '../live/live-status.tsx';
import { useLiveState } from '../live/use-live.ts';
import { useOnline } from '../load/use-online.ts';
import { IdleWatch } from '../login/idle.tsx';
import { setLetterKeys } from '../palette/shortcuts.ts';
import { Link } from '../router.tsx';
import { Foreign } from '../show/foreign.tsx';
import { Environment } from './choose-app.tsx';
import { useCurrentApp } from './current-app.tsx';
import { MemberTools } from './member-tools.tsx';
import { SideMenu } from './side-menu.tsx';

export type { TenantPageProps } from './page-props.ts';

interface MemberFrameProps {
  login: Login;
  /** Undefined on the pages of the member himself. */
  tenant: TenantOfLogin | undefined;
  heading: MessageKey;
  children: ReactNode;
}

export function MemberFrame({ login, tenant, heading, children }: MemberFrameProps) {
  const { t, preferences } = useLanguage();
  const isOnline = useOnline();
  useTitle(heading, tenant?.name);
  useEffect(() => setLetterKeys(preferences.shortcuts), [preferences.shortcuts]);
  return (
    <Frame
      tools={<MemberTools login={login} tenant={tenant} />}
      menu={
        <>
          <div role="status">{isOnline ? undefined : <p className="bar">{t('offlineWrites')}</p>}</div>
          <IdleWatch login={login} />
        </>
      }
      side={<SideMenu login={login} tenant={tenant} />}
    >
      {tenant === undefined ? undefined : <Where tenant={tenant} />}
      <h1>{t(heading)}</h1>
      {tenant?.suspended ? <p className="note bad">{t('suspendedNote')}</p> : undefined}
      {children}
    </Frame>
  );
}

/** Whose data this is, and whether it is fresh. */
function Where({ tenant }: { tenant: TenantOfLogin }) {
  const current = useCurrentApp();
  const liveState = useLiveState();
  return (
    <div className="where">
      <Link to={`/t/${tenant.id}/overview`}>
        <Foreign text={tenant.name} />
      </Link>
      {current?.app === undefined ? undefined : (
        <>
          <Foreign text={current.app.name} />
          <Environment app={current.app} />
        </>
      )}
      {liveState === 'off' ? undefined : <LiveDot />}
    </div>
  );
}

/** Which app the pages of a tenant speak of: the one in the address, else the one that was chosen last, else the newest. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { App, List, TenantOfLogin } from '../api/shapes.ts';
import { type Loaded, useLoad } from '../api/use-load.ts';
import { useRouter } from '../router.tsx';

interface CurrentApp {
  apps: Loaded<List<App>>;
  /** Undefined: not read yet, there is none, or the one in the path is not the tenant's. */
  app: App | undefined;
  /** The path names an app that the tenant does not have. */
  isUnknown: boolean;
}

/** `/t/ten_1/apps/app_1/setup` */
const APP_IN_PATH = /^\/t\/[^/]+\/apps\/([^/]+)/;

const CurrentAppContext = createContext<CurrentApp | undefined>(undefined);

export function CurrentAppProvider({ tenant, children }: { tenant: TenantOfLogin; children: ReactNode }) {
  const { place } = useRouter();
  const apps = useLoad<List<App>>(`/tenants/${tenant.id}/apps`);
  const [chosenId, choose] = useState<string>();
  const ofPath = APP_IN_PATH.exec(place.path)?.[1];
  const ofAddress = ofPath ?? place.query.get('app') ?? undefined;

  useEffect(() => {
    if (ofAddress !== undefined) choose(ofAddress);
  }, [ofAddress]);

  const state = useMemo((): CurrentApp => {
    const data = apps.value?.data ?? [];
    const find = (id: string | undefined) => data.find((one) => one.id === id);
    const isUnknown = apps.value !== undefined && ofPath !== undefined && find(ofPath) === undefined;
    const app = isUnknown ? undefined : (find(ofAddress) ?? find(chosenId) ?? data[0]);
    return { apps, app, isUnknown };
  }, [apps, ofPath, ofAddress, chosenId]);
  return <CurrentAppContext value={state}>{children}</CurrentAppContext>;
}

/** Undefined outside of a tenant. */
export function useCurrentApp(): CurrentApp | undefined {
  return useContext(CurrentAppContext);
}

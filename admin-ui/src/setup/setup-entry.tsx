import { GoTo } from '../router.tsx';
import { ChooseApp } from '../tenant/choose-app.tsx';
import type { TenantPageProps } from '../tenant/page-props.ts';

/** Where somebody arrives who does not know yet that his organization has an app. */
export function SetupEntry({ tenant }: TenantPageProps) {
  return (
    <ChooseApp tenant={tenant}>
      {(app) => <GoTo to={`/t/${tenant.id}/apps/${app.id}/setup/identity`} />}
    </ChooseApp>
  );
}

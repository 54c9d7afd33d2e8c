/** Where Divar asks what a click does. @see CONTRACT section 4 */
import type { DivarRoute, Route } from '../http/route.ts';
import type { Log } from '../ports.ts';
import { readClick } from './action.ts';
import { type AskTenantDeps, createAskTenant } from './ask-tenant.ts';

export interface ActionRoutesDeps extends AskTenantDeps {
  log: Log;
}

export function createActionRoutes(deps: ActionRoutesDeps): Route[] {
  const askTenant = createAskTenant(deps);
  const action: DivarRoute = {
    kind: 'divar',
    method: 'POST',
    path: '/a/:app_id',
    summary: 'Dynamic action: Divar asks what a click does',
    handle: async ({ app, body, requestId, now }) => {
      const asked = await askTenant(app, readClick(body), { requestId, now });
      const fields = {
        request_id: requestId,
        app_id: app.id,
        outcome: asked.outcome,
        duration_ms: deps.clock.now().getTime() - now.getTime(),
      };
      if (asked.outcome === 'answered') deps.log.info(fields, 'dynamic action');
      else deps.log.warn({ ...fields, err: asked.cause }, 'dynamic action fell back');
      return { status: 200, body: asked.body };
    },
  };
  return [action];
}

/**
 * What the Kenar panel is for live apps, our simulator's control API is for sandbox apps: the worker tells it every sandbox
 * app, so that a business can try its add-on without a Divar account.
 */
import type { Call, Db, Log, Tx } from '../ports.ts';
import { appUrls } from './provision.ts';
import type { TenantStore } from './store.ts';
import type { App, AppDirectory } from './tenants.ts';

const CALL_TIMEOUT_MS = 5000;

export function createSimulatorPanelWorker(deps: {
  db: Pick<Db, 'tenant'>;
  store: Pick<TenantStore, 'readSecrets'>;
  directory: Pick<AppDirectory, 'all'>;
  call: Call;
  log: Log;
  simulatorUrl: string;
  publicUrl: string;
  /** What the card of an add-on says. */
  describe(tx: Tx, appId: string): Promise<{ subtitle: string; description: string }>;
}) {
  /** Version of each app that the simulator has taken. */
  const told = new Map<string, string>();

  const tell = async (app: App): Promise<void> => {
    const facts = await deps.db.tenant(app.tenantId, async (tx) => ({
      identificationKeys: await deps.store.readSecrets(tx, app.id, 'identification_key'),
      apiKeys: await deps.store.readSecrets(tx, app.id, 'api_key'),
      clientSecrets: await deps.store.readSecrets(tx, app.id, 'client_secret'),
      card: await deps.describe(tx, app.id),
    }));
    const urls = appUrls(deps.publicUrl, app.id);
    const reply = await deps.call({
      method: 'PUT',
      url: `${deps.simulatorUrl}/__apps/${encodeURIComponent(app.slug)}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        display: app.name,
        subtitle: facts.card.subtitle,
        description: facts.card.description,
        generation: app.generation,
        owner: app.id,
        init_url: urls.init,
        events_url: urls.events,
        fallback_url: urls.fallback,
        action_url: urls.action,
        redirect_uris: [urls.oauth_redirect],
        identification_key: facts.identificationKeys[0],
        api_keys: facts.apiKeys.map((key) => ({ key })),
        client_secret: facts.clientSecrets[0],
      }),
      timeoutMs: CALL_TIMEOUT_MS,
    });
    if (reply.status === 409)
      deps.log.warn({ app_id: app.id, slug: app.slug }, 'another app has this slug in the simulator');
    else if (reply.status >= 300) throw new Error(`the simulator answered ${reply.status}`);
    told.set(app.id, app.version);
  };

  return {
    /** Tells the simulator what it does not know yet, and how many; an app that cannot be told now is told by a later tick. */
    tick: async (): Promise<number> => {
      let count = 0;
      for (const app of deps.directory.all()) {
        if (app.environment !== 'sandbox' || app.suspended || told.get(app.id) === app.version) continue;
        try {
          await tell(app);
          count += 1;
        } catch (cause) {
          deps.log.warn({ app_id: app.id, err: cause }, 'the simulator could not be told of an app');
        }
      }
      return count;
    },
  };
}

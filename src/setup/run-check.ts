/** Runs one check: what it needs is read, then the calls are made with no transaction open, then the outcome is written. */
import type { DivarOauth } from '../divar/oauth.ts';
import type { Call, Clock, Db, RandomBytes, Tx } from '../ports.ts';
import type { PollingAppDirectory } from '../tenants/directory.ts';
import { oauthRedirectUri } from '../tenants/provision.ts';
import type { TenantStore } from '../tenants/store.ts';
import type { App } from '../tenants/tenants.ts';
import type { EndpointStore } from '../webhooks/endpoint-store.ts';
import type { CheckApp, CheckSubject } from './check-app.ts';
import { failed } from './judge.ts';
import { createSandboxCalls } from './sandbox.ts';
import type { CheckName, CheckOutcome } from './setup.ts';
import type { SetupStates } from './states.ts';
import type { SetupStore } from './store.ts';

export interface RunCheckDeps {
  db: Pick<Db, 'tenant'>;
  store: SetupStore;
  tenants: Pick<TenantStore, 'listApps' | 'readSecrets'>;
  endpoints: Pick<EndpointStore, 'list' | 'findWithSecrets'>;
  directory: Pick<PollingAppDirectory, 'refresh'>;
  checkApp: CheckApp;
  oauth: Pick<DivarOauth, 'authorizeUrl'>;
  states: SetupStates;
  call: Call;
  guardedCall: Call;
  simulatorUrl: string | undefined;
  publicUrl: string;
  clock: Clock;
  random: RandomBytes;
}

/** Endpoints of an app that are tried. */
const MAX_ENDPOINTS = 20;

export type RunCheck = ReturnType<typeof createRunCheck>;

export function createRunCheck(deps: RunCheckDeps) {
  const { db, store, checkApp } = deps;
  const sandbox = createSandboxCalls(deps);

  const begin = (tenantId: string, appId: string, name: CheckName, runId: string) =>
    db.tenant(tenantId, async (tx) => {
      const app = (await deps.tenants.listApps(tx)).find(({ id }) => id === appId);
      if (!app || !(await store.beginRun(tx, appId, { name, runId, now: deps.clock.now() })))
        return undefined;
      const [identificationKey] = await deps.tenants.readSecrets(tx, appId, 'identification_key');
      const { testPost } = await store.find(tx, appId);
      const endpoints = name === 'webhook' ? await readEndpoints(deps, tx, appId) : [];
      return { app, testPost, identificationKey, endpoints };
    });

  const carryOut = async (name: CheckName, subject: CheckSubject): Promise<CheckOutcome> => {
    // What was saved a moment ago counts in this process, too.
    await deps.directory.refresh();
    if (name === 'redirect') return await sandbox.comeBack(subject.app, consentUrl(subject.app));
    if (name === 'events') return await sandbox.tellEvent(subject.app);
    return await checkApp.check(name, subject);
  };

  /** Where a person gives a consent of which nothing is kept: it only shows that Divar knows our redirect address. */
  const consentUrl = (app: App): string =>
    deps.oauth.authorizeUrl(app, {
      redirectUri: oauthRedirectUri(deps.publicUrl, app.id),
      scopes: [app.consent.scopes.find(isPlain) ?? (app.generation === 'v1' ? 'USER_PHONE' : 'USER_ID')],
      state: deps.states.make(app.id),
    });

  /** Nothing happens while the same check is running already. */
  const run = async (tenantId: string, appId: string, name: CheckName): Promise<void> => {
    const runId = deps.random(9).toString('base64url');
    const subject = await begin(tenantId, appId, name, runId);
    if (subject === undefined) return;
    // Whatever breaks here is ours, and must not look as if the check went on.
    const outcome = await carryOut(name, subject).catch(
      (): CheckOutcome => ({ ...failed('own_trouble'), exchanges: [] }),
    );
    await db.tenant(tenantId, (tx) =>
      store.endRun(tx, appId, { name, runId, now: deps.clock.now(), outcome }),
    );
  };

  /** False when nobody could tap. */
  const tap = async (tenantId: string, appId: string): Promise<boolean> => {
    const apps = await db.tenant(tenantId, (tx) => deps.tenants.listApps(tx));
    const app = apps.find(({ id }) => id === appId);
    return app !== undefined && (await sandbox.tap(app));
  };

  return { run, consentUrl, tap };
}

async function readEndpoints(
  { endpoints, clock }: Pick<RunCheckDeps, 'endpoints' | 'clock'>,
  tx: Tx,
  appId: string,
): Promise<CheckSubject['endpoints']> {
  const found = await endpoints.list(tx, appId, { limit: MAX_ENDPOINTS });
  const withSecrets = [];
  for (const { id } of found.filter(({ disabledAt }) => disabledAt === null)) {
    const read = await endpoints.findWithSecrets(tx, appId, id, clock.now());
    if (read) withSecrets.push({ id, url: read.endpoint.url, secrets: read.secrets });
  }
  return withSecrets;
}

/** Without an id that only a visit can give. `offline_access` alone asks for nothing. */
function isPlain(scope: string): boolean {
  return (
    !/[.{]/.test(scope) &&
    !/^(offline_access|openid|CHAT_SEND_MESSAGE_OAUTH|CHAT_READ_CONVERSATION)$/i.test(scope)
  );
}

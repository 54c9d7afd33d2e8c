/** A tenant that signed up, its people of every role, and the whole product's calls behind the panel. */
import type { ExecutionContext } from 'ava';
import { createCallRoutes } from '../../src/admin/call-routes.ts';
import { createLiveRoutes } from '../../src/admin/stream-routes.ts';
import { createWatchApp } from '../../src/admin/watch.ts';
import { createApp } from '../../src/app.ts';
import type { Route } from '../../src/http/route.ts';
import { ROLES, type Role } from '../../src/members/members.ts';
import { createSignals } from '../../src/platform/signals.ts';
import type { Signals } from '../../src/ports.ts';
import { testBlindIndex, testNewId, testRandom } from '../helpers/fakes.ts';
import { silentLog } from '../helpers/log.ts';
import {
  ADMIN_URL,
  addMember,
  type Browser,
  type Kit,
  openRoom,
  type Room,
  signUp,
} from '../members/setup.ts';

export const SIMULATOR_URL = 'http://localhost:3001';
/** Often enough that a test need not wait. */
const LOOK_MS = 50;

/** Every route of the product on this database; Divar and the tenants' servers are not there. */
export function productRoutes({ db, seal, clock }: Kit, signals: Signals): Route[] {
  const app = createApp({
    settings: {
      version: '0.1.0',
      publicUrl: ADMIN_URL,
      adminUrl: ADMIN_URL,
      docsUrl: `${ADMIN_URL}/docs`,
      mailboxUrl: null,
      panelDir: '/nowhere',
      simulatorUrl: SIMULATOR_URL,
      trustedProxies: [],
    },
    hostsOf: () => ({}),
    ...{ db, seal, clock, signals, random: testRandom, newId: testNewId(clock), blindIndex: testBlindIndex },
    call: () => Promise.reject(new Error('nobody is called')),
    guardedCall: () => Promise.reject(new Error('nobody is called')),
    isAllowedUrl: () => true,
    redis: undefined,
    mail: { send: async () => undefined, mailbox: undefined },
    log: silentLog(),
  } as never);
  return app.routes;
}

export interface PanelApp {
  room: Room;
  tenant: string;
  app: string;
  /** `/tenants/ten_1/apps/app_1` */
  path: string;
  people: Record<Role, Browser>;
  signals: Signals;
}

export async function openPanel(t: ExecutionContext, roles: readonly Role[] = ROLES): Promise<PanelApp> {
  t.timeout(180_000);
  const signals = createSignals({ log: silentLog() });
  const room = await openRoom(t, {
    simulatorUrl: SIMULATOR_URL,
    more: (kit) => [
      ...createCallRoutes({
        ...kit,
        recordAudit: kit.members.recordAudit,
        routes: productRoutes(kit, signals),
      }),
      ...createLiveRoutes({
        ...kit,
        watchApp: createWatchApp({ db: kit.db, signals, log: silentLog(), lookMs: LOOK_MS }),
        findLogin: kit.members.authenticate.findLogin,
        heartbeatMs: LOOK_MS,
      }),
    ],
  });
  const owner = await signUp(room);
  const people: Partial<Record<Role, Browser>> = { owner: owner.browser };
  for (const role of roles.filter((one) => one !== 'owner'))
    people[role] = (await addMember(room, owner, role)).browser;
  const apps = (await owner.browser.must('GET', `/tenants/${owner.tenant}/apps`)).body;
  const app = apps.data[0].id as string;
  return {
    ...{ room, signals, tenant: owner.tenant, app },
    path: `/tenants/${owner.tenant}/apps/${app}`,
    people: people as Record<Role, Browser>,
  };
}

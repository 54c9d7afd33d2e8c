/** The setup room behind the panel's calls; Divar, the tenants' servers and our own front door are functions of the test. */
import type { ExecutionContext } from 'ava';
import { createAppChangeRoutes } from '../../src/admin/app-change-routes.ts';
import { createAppSecretRoutes } from '../../src/admin/app-secret-routes.ts';
import { createSetupRoutes } from '../../src/admin/setup-routes.ts';
import { createDivarOauth } from '../../src/divar/oauth.ts';
import { type Call, CallError, type CallRequest } from '../../src/ports.ts';
import { createCheckApp } from '../../src/setup/check-app.ts';
import { createRunCheck } from '../../src/setup/run-check.ts';
import { createSetupStates } from '../../src/setup/states.ts';
import { createSetupStore } from '../../src/setup/store.ts';
import { createAppChangeStore } from '../../src/tenants/app-change-store.ts';
import { createAppDirectory } from '../../src/tenants/directory.ts';
import type { DivarHosts } from '../../src/tenants/tenants.ts';
import { createEndpointStore } from '../../src/webhooks/endpoint-store.ts';
import { testBlindIndex, testNewId, testRandom } from '../helpers/fakes.ts';
import { silentLog } from '../helpers/log.ts';
import { ADMIN_URL, addMember, type Browser, type Kit, openRoom, signUp } from '../members/setup.ts';

export const SIMULATOR_URL = 'http://localhost:3001';
const HOSTS: DivarHosts = {
  apiUrl: 'https://api.divar.example',
  oauthUrl: 'https://oauth.divar.example',
  uploadUrl: 'https://upload.divar.example',
  completionUrl: 'https://divar.example/completion',
  v1ApiUrl: 'https://v1.divar.example',
  v1OauthUrl: 'https://v1-oauth.divar.example',
};

export interface Answer {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
  durationMs?: number;
  /** Instead of an answer. */
  fails?: string;
}
export type Answers = (request: CallRequest) => Answer | undefined;

/** What is not answered is not there. */
function callOf(world: World): Call {
  return async (request) => {
    world.requests.push(request);
    const answer = world.answer(request) ?? { fails: 'connect' };
    if (answer.fails !== undefined) throw new CallError('before_send', answer.fails);
    return {
      status: answer.status ?? 200,
      headers: answer.headers ?? {},
      body: Buffer.from(JSON.stringify(answer.body ?? {})),
      durationMs: answer.durationMs ?? 12,
    };
  };
}

export interface World {
  answer: Answers;
  requests: CallRequest[];
}

export async function openSetup(t: ExecutionContext) {
  t.timeout(120_000);
  const world: World = { answer: () => undefined, requests: [] };
  const store = createSetupStore();
  let directory: ReturnType<typeof createAppDirectory> | undefined;
  const more = (kit: Kit) => {
    directory = createAppDirectory({ ...kit, random: testRandom, hasSimulator: true, log: silentLog() });
    return setupRoutes(kit, world, store, directory);
  };
  const room = await openRoom(t, { simulatorUrl: SIMULATOR_URL, more });
  if (directory === undefined) throw new Error('the room was not opened');
  const owner = await signUp(room);
  const path = `/tenants/${owner.tenant}/apps`;
  return {
    t,
    room,
    owner,
    world,
    store,
    directory,
    path,
    must: owner.browser.must,
    call: owner.browser.call,
  };
}
export type SetupRoom = Awaited<ReturnType<typeof openSetup>>;

function setupRoutes(
  kit: Kit,
  world: World,
  store: ReturnType<typeof createSetupStore>,
  directory: ReturnType<typeof createAppDirectory>,
) {
  const { db, seal, clock, tenants, members } = kit;
  const call = callOf(world);
  const outside = { call, guardedCall: call, publicUrl: ADMIN_URL, clock, random: testRandom };
  const hostsOf = () => HOSTS;
  const oauth = createDivarOauth({ call, clock, directory, hostsOf, timeoutMs: 1000 });
  const runCheck = createRunCheck({
    ...{ db, tenants, directory, oauth, store, ...outside },
    endpoints: createEndpointStore({ seal }),
    checkApp: createCheckApp({ ...outside, hostsOf, directory, oauth, newId: testNewId(clock) }),
    states: createSetupStates({ blindIndex: testBlindIndex, random: testRandom }),
    simulatorUrl: SIMULATOR_URL,
  });
  const deps = {
    ...{ tenants, setups: store, random: testRandom, newId: testNewId(clock), publicUrl: ADMIN_URL },
    changes: createAppChangeStore({ seal }),
    recordAudit: members.recordAudit,
    isAllowedUrl: (url: string) => url.startsWith('https://'),
    simulatorUrl: SIMULATOR_URL,
    demoUrl: undefined,
  };
  return [
    ...createAppChangeRoutes(deps),
    ...createAppSecretRoutes(deps),
    ...createSetupRoutes({ ...deps, runCheck, clock }),
  ];
}

/** A live app that was made in the wizard: its path, without any secret of Divar yet. */
export async function makeLiveApp({ must, path }: SetupRoom, slug = 'blue-otter-lamp'): Promise<string> {
  const made = await must('POST', path, { name: 'ارسال سریع', environment: 'live', slug }, 201);
  return `${path}/${made.body.id}`;
}

export async function join({ room, owner }: SetupRoom, role: string): Promise<Browser> {
  return (await addMember(room, owner, role)).browser;
}

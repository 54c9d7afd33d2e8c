/** The simulator page of a sandbox app: its own desk in the simulator, and nobody else's. */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { sha256Base64url } from '../http/digest.ts';
import { type LoginRequest, type MemberRoute, roleRoute } from '../http/member-route.ts';
import { MAY } from '../members/members.ts';
import type { Call, Db } from '../ports.ts';
import type { TenantStore } from '../tenants/store.ts';
import type { App } from '../tenants/tenants.ts';
import { APP_PATH, loadApp } from './call-routes.ts';
import {
  createDeskClient,
  type Desk,
  type DeskClient,
  DeskError,
  DeskView,
  presentTap,
  TapView,
} from './simulator-desk.ts';
import { FAULT_NAMES, type FaultName, faultsOf } from './simulator-faults.ts';
import { readSteps, type Steps } from './simulator-store.ts';
import { buildTrace, TraceHop } from './simulator-trace.ts';

export interface SimulatorRoutesDeps {
  db: Pick<Db, 'tenant'>;
  tenants: Pick<TenantStore, 'listApps'>;
  /** To the address of our own settings. */
  call: Call;
  /** Undefined: there is none, and no sandbox app either. */
  simulatorUrl: string | undefined;
}

const PATH = `${APP_PATH}/simulator`;
const ROLES = MAY['simulator.use'];
const OfApp = z.object({ tenant: z.string(), app: z.string().max(64) });
const OfChat = OfApp.extend({ conversation: z.string().max(64) });
type OfApp = z.infer<typeof OfApp>;
const Side = z.enum(['seller', 'buyer']);

const Page = z.object({
  /** `ready`, or why there is nothing of the simulator to see. */
  state: z.enum(['ready', 'down', 'preparing', 'slug_taken']),
  desk: DeskView.extend({ faults: z.array(z.enum(FAULT_NAMES)) }).nullable(),
  /** Oldest first. */
  trace: z.array(TraceHop),
  /** Webhook endpoints that hear of events. */
  endpoints: z.int(),
});
const PageView = z
  .object({
    object: z.literal('simulator'),
    version: z.string(),
    /** Null: the same as in the version that was seen. */
    page: Page.nullable(),
  })
  .meta({ id: 'SimulatorPage' });

export function createSimulatorRoutes(deps: SimulatorRoutesDeps): MemberRoute[] {
  const desks = createDeskClient(deps);
  const load = async ({ params }: Pick<LoginRequest<OfApp>, 'params'>): Promise<App> => {
    const app = await deps.db.tenant(params.tenant, (tx) => loadApp(deps, tx, params.app));
    if (app.environment !== 'sandbox')
      throw new Problem('conflict', {
        detail: 'Only sandbox apps have a simulator',
        extra: { params: { simulator: 'live' } },
      });
    return app;
  };
  return [readRoute(desks, load), ...chatRoutes(desks, load), ...actRoutes(deps, desks, load)];
}

type Load = (request: Pick<LoginRequest<OfApp>, 'params'>) => Promise<App>;

function readRoute(desks: DeskClient, load: Load): MemberRoute {
  return roleRoute({
    method: 'GET',
    path: PATH,
    roles: ROLES,
    summary: 'Both phones of the simulator and the trace between them',
    params: OfApp,
    query: z.strictObject({ seen: z.string().max(64).optional() }),
    replies: { 200: { description: 'What is to be seen', schema: PageView } },
    prepare: async (request) => {
      const app = await load(request);
      return { app, ...(await readDesk(desks, app)) };
    },
    handle: async ({ tx, query, prepared }) => {
      const { app, state, desk } = prepared as { app: App } & DeskAnswer;
      const page = presentPage(state, desk, await readSteps(tx, app.id));
      const version = sha256Base64url(JSON.stringify(page));
      return {
        status: 200,
        body: { object: 'simulator', version, page: version === query.seen ? null : page },
      };
    },
  });
}

interface DeskAnswer {
  state: z.infer<typeof Page>['state'];
  desk: Desk | null;
}

/** A simulator that is away is something to see, not an error of ours. */
async function readDesk(desks: DeskClient, app: App): Promise<DeskAnswer> {
  try {
    return { state: 'ready', desk: await desks.read(app) };
  } catch (error) {
    if (error instanceof DeskError) return { state: error.trouble, desk: null };
    throw error;
  }
}

function presentPage(state: DeskAnswer['state'], desk: Desk | null, steps: Steps): z.infer<typeof Page> {
  const isKnown = (name: string | undefined): name is FaultName => FAULT_NAMES.includes(name as FaultName);
  const faults = desk?.faults.map(({ name }) => name).filter(isKnown) ?? [];
  return {
    state,
    desk: desk && { ...desk, faults },
    trace: buildTrace(desk ?? { hops: [], offset_ms: 0 }, steps),
    endpoints: steps.endpointCount,
  };
}

const Made = z.object({ conversation: z.string() });
const Done = { 204: { description: 'Done', schema: z.null() } };
const done = async () => ({ status: 204, body: null });

function chatRoutes(desks: DeskClient, load: Load): MemberRoute[] {
  return [
    roleRoute({
      method: 'POST',
      path: `${PATH}/chats`,
      roles: ROLES,
      summary: 'Open a chat: about a test post, or with the bot of the app',
      params: OfApp,
      body: z.union([
        /** `fresh`: another one even if there is one. */
        z.strictObject({ type: z.literal('post'), fresh: z.boolean() }),
        z.strictObject({ type: z.literal('bot'), as: Side }),
      ]),
      replies: { 201: { description: 'Its id', schema: Made } },
      prepare: async (request) => {
        const { body } = request;
        const input = body.type === 'bot' ? { bot: true, as: body.as } : { fresh: body.fresh };
        return desks.post(await load(request), '/chats', input);
      },
      handle: async ({ prepared }) => ({ status: 201, body: prepared }),
    }),
    roleRoute({
      method: 'PATCH',
      path: `${PATH}/chats/:conversation`,
      roles: ROLES,
      summary: 'Block the other side of a chat, or let it in again',
      params: OfChat,
      body: z.strictObject({ blocked: z.boolean() }),
      replies: Done,
      prepare: async (request) => desks.put(await load(request), chatPath(request.params), request.body),
      handle: done,
    }),
    roleRoute({
      method: 'POST',
      path: `${PATH}/chats/:conversation/messages`,
      roles: ROLES,
      summary: 'A person writes',
      params: OfChat,
      body: z.strictObject({ as: Side, content: z.looseObject({ type: z.string().max(20) }) }),
      replies: { 201: { description: 'The id of the message', schema: z.object({ id: z.string() }) } },
      prepare: async (request) =>
        desks.post(await load(request), `${chatPath(request.params)}/messages`, request.body),
      handle: async ({ prepared }) => ({ status: 201, body: prepared }),
    }),
  ];
}

const chatPath = ({ conversation }: { conversation: string }) => `/chats/${encodeURIComponent(conversation)}`;

const Switches = z.record(z.string().max(40), z.union([z.string().max(200), z.boolean()]));

function actRoutes({ simulatorUrl = '' }: SimulatorRoutesDeps, desks: DeskClient, load: Load): MemberRoute[] {
  return [
    roleRoute({
      method: 'POST',
      path: `${PATH}/taps`,
      roles: ROLES,
      summary: 'A person taps the add-on, or one of its buttons; Divar asks the gateway what to open',
      params: OfApp,
      body: z.strictObject({
        as: Side,
        kind: z.enum(['chat', 'button', 'post_addon', 'direct_link']),
        conversation: z.string().max(64),
        button: z
          .strictObject({
            message_id: z.string().max(64),
            side: Side,
            row: z.int().min(0),
            column: z.int().min(0),
          })
          .optional(),
      }),
      replies: { 200: { description: 'What came of it', schema: TapView } },
      prepare: async (request) => desks.post(await load(request), '/taps', request.body),
      handle: async ({ prepared }) => ({ status: 200, body: presentTap(prepared, simulatorUrl) }),
    }),
    roleRoute({
      method: 'PATCH',
      path: `${PATH}/settings`,
      roles: ROLES,
      summary: 'What goes wrong, and how Divar words what it says',
      params: OfApp,
      body: z.strictObject({
        faults: z.array(z.enum(FAULT_NAMES)).max(FAULT_NAMES.length).optional(),
        dialect: Switches.optional(),
        event_dialect: Switches.optional(),
      }),
      replies: Done,
      prepare: async (request) => {
        const { faults, ...dialects } = request.body;
        const input = { ...dialects, ...(faults ? { faults: faultsOf(faults) } : {}) };
        return desks.put(await load(request), '/settings', input);
      },
      handle: done,
    }),
    roleRoute({
      method: 'POST',
      path: `${PATH}/revocations`,
      roles: ROLES,
      summary: 'A person takes the access of the app back',
      params: OfApp,
      body: z.strictObject({ as: Side }),
      replies: { 200: { description: 'How many grants that were', schema: z.object({ revoked: z.int() }) } },
      prepare: async (request) => desks.post(await load(request), '/revocations', request.body),
      handle: async ({ prepared }) => ({ status: 200, body: prepared }),
    }),
  ];
}

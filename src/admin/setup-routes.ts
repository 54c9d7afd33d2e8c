/** The setup wizard: where a business stands, and its connection checks. @see ADMINUI 3.4 */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { type MemberRoute, type RoleRequest, roleRoute } from '../http/member-route.ts';
import { MAY } from '../members/members.ts';
import type { Clock } from '../ports.ts';
import { SETUP_CAUSES } from '../setup/causes.ts';
import type { RunCheck } from '../setup/run-check.ts';
import {
  ARRIVALS,
  type Arrivals,
  CHECKS,
  CheckName,
  Exchange,
  judgeChecks,
  openChecks,
  STEPS,
  StepMark,
  TestPost,
  testPostOf,
} from '../setup/setup.ts';
import { APP, type AppChangeDeps, loadApp, OfApp, requireActive } from './app-change-routes.ts';
import { CAUSES } from './causes.ts';

export interface SetupRoutesDeps extends AppChangeDeps {
  runCheck: RunCheck;
  clock: Clock;
}

const CauseText = z.object({ cause: z.string(), fix: z.string() });
const CauseView = z.object({ key: z.string(), fa: CauseText, en: CauseText, needs_ticket: z.boolean() });

const CheckView = z.object({
  name: CheckName,
  state: z.enum(['waiting', 'running', 'passed', 'warning', 'failed', 'skipped']),
  required: z.boolean(),
  cause: CauseView.nullable(),
  exchanges: z.array(Exchange),
  ran_at: z.iso.datetime().nullable(),
});

const ArrivalView = z
  .object({ first_at: z.iso.datetime(), address: z.string().nullable(), last_at: z.iso.datetime() })
  .nullable();

const SetupView = z
  .object({
    object: z.literal('setup'),
    app_id: z.string(),
    steps: z.partialRecord(z.enum(STEPS), StepMark),
    test_post: z.string().nullable(),
    arrivals: z.object(Object.fromEntries(ARRIVALS.map((kind) => [kind, ArrivalView]))),
    checks: z.array(CheckView),
    /** Checks that must pass before users come. */
    open: z.array(CheckName),
    /** Divar's page for a consent of which nothing is kept; null for whoever may not change the app. */
    consent_url: z.string().nullable(),
  })
  .meta({ id: 'Setup' });
type SetupView = z.infer<typeof SetupView>;

const Change = z.strictObject({
  steps: z.partialRecord(z.enum(STEPS), StepMark).optional(),
  test_post: TestPost.nullable().optional(),
});

const REPLY = { 200: { description: 'The state of the setup', schema: SetupView } };

export function createSetupRoutes(deps: SetupRoutesDeps): MemberRoute[] {
  return [
    roleRoute({
      method: 'GET',
      path: `${APP}/setup`,
      roles: MAY['apps.read'],
      summary: 'How far the setup of an app has come',
      params: OfApp,
      replies: REPLY,
      handle: async (request) => ({ status: 200, body: await readSetup(deps, request) }),
    }),
    changeRoute(deps),
    ...CHECKS.map((name) => checkRoute(deps, name)),
    roleRoute({
      method: 'POST',
      path: `${APP}/setup/tap`,
      roles: MAY['apps.change'],
      summary: 'Let a person of the simulator open a sandbox app: Divar asks the init address',
      params: OfApp,
      replies: REPLY,
      prepare: async (request) => {
        requireActive(request);
        return deps.runCheck.tap(request.params.tenant, request.params.app);
      },
      handle: async (request) => {
        await loadApp(deps, request);
        if (request.prepared !== true)
          throw new Problem('conflict', {
            detail: 'Nobody could tap',
            extra: { params: { reason: 'simulator_silent' } },
          });
        return { status: 200, body: await readSetup(deps, request) };
      },
    }),
  ];
}

function changeRoute(deps: SetupRoutesDeps): MemberRoute {
  return roleRoute({
    method: 'PATCH',
    path: `${APP}/setup`,
    roles: MAY['apps.change'],
    summary: 'Mark steps as done or skipped; name the post that the checks ask for',
    params: OfApp,
    body: Change,
    replies: REPLY,
    handle: async (request) => {
      const { tx, params, body } = request;
      requireActive(request);
      await deps.changes.lock(tx, params.app);
      const app = await loadApp(deps, request);
      const setup = await deps.setups.find(tx, app.id);
      await deps.setups.save(tx, app.id, {
        steps: { ...setup.steps, ...body.steps },
        ...(body.test_post === undefined ? {} : { testPost: body.test_post }),
      });
      if (body.test_post !== undefined && body.test_post !== setup.testPost)
        await deps.setups.forgetRuns(tx, app.id, ['api_key']);
      return { status: 200, body: await readSetup(deps, request) };
    },
  });
}

function checkRoute(deps: SetupRoutesDeps, name: CheckName): MemberRoute {
  return roleRoute({
    method: 'POST',
    path: `${APP}/setup/checks/${name}`,
    roles: MAY['apps.change'],
    summary: `Run the connection check "${name}" and wait for its outcome`,
    params: OfApp,
    replies: REPLY,
    // No transaction is held while others are called.
    prepare: async (request) => {
      requireActive(request);
      await deps.runCheck.run(request.params.tenant, request.params.app, name);
    },
    handle: async (request) => ({ status: 200, body: await readSetup(deps, request) }),
  });
}

async function readSetup(
  deps: SetupRoutesDeps,
  request: Pick<RoleRequest<OfApp>, 'tx' | 'params' | 'role'>,
): Promise<SetupView> {
  const { tx, role } = request;
  const app = await loadApp(deps, request);
  const setup = await deps.setups.find(tx, app.id);
  const arrivals = await deps.setups.findArrivals(tx, app.id);
  const checks = judgeChecks(await deps.setups.listRuns(tx, app.id), arrivals, deps.clock.now());
  const mayChange = (MAY['apps.change'] as readonly string[]).includes(role);
  return {
    object: 'setup',
    app_id: app.id,
    steps: setup.steps,
    test_post: testPostOf(app.environment, setup.testPost),
    arrivals: presentArrivals(arrivals),
    checks: checks.map(({ name, state, cause, exchanges, ranAt, isRequired }) => ({
      ...{ name, state, required: isRequired, exchanges: [...exchanges] },
      cause: cause === null ? null : presentCause(cause),
      ran_at: ranAt?.toISOString() ?? null,
    })),
    open: openChecks(checks),
    consent_url: mayChange ? deps.runCheck.consentUrl(app) : null,
  };
}

function presentArrivals(arrivals: Arrivals): SetupView['arrivals'] {
  return Object.fromEntries(
    ARRIVALS.map((kind) => {
      const arrival = arrivals[kind];
      if (arrival === undefined) return [kind, null];
      const { firstAt, firstAddress, lastAt } = arrival;
      return [
        kind,
        { first_at: firstAt.toISOString(), address: firstAddress, last_at: lastAt.toISOString() },
      ];
    }),
  );
}

function presentCause(key: string): z.infer<typeof CauseView> {
  if (Object.hasOwn(SETUP_CAUSES, key)) {
    const { fa, en } = SETUP_CAUSES[key as keyof typeof SETUP_CAUSES];
    return { key, fa, en, needs_ticket: key === 'get_post_missing' };
  }
  const cause = Object.hasOwn(CAUSES, key) ? CAUSES[key as keyof typeof CAUSES] : CAUSES.other;
  return { key, fa: cause.fa, en: cause.en, needs_ticket: cause.needsTicket };
}

/** The errors page: what went wrong, why, what to do, and what somebody has decided about it. @see ADMINUI 3.3 */
import { z } from 'zod';
import { Problem } from '../errors.ts';
import { type MemberRoute, roleRoute } from '../http/member-route.ts';
import type { RecordAudit } from '../members/audit-store.ts';
import { MAY, maskAddress } from '../members/members.ts';
import type { Tx } from '../ports.ts';
import type { TenantStore } from '../tenants/store.ts';
import { APP_PATH, loadApp } from './call-routes.ts';
import type { ErrorStore } from './error-store.ts';
import {
  compareTroubles,
  Fingerprint,
  fingerprintOf,
  lineOfHours,
  type MarkState,
  presentTrouble,
  TROUBLE_DAYS,
  TroubleView,
} from './trouble.ts';

export interface ErrorRoutesDeps {
  tenants: Pick<TenantStore, 'listApps'>;
  errors: Pick<ErrorStore, 'listGroups' | 'listHours' | 'listMarks' | 'mark' | 'unmark'>;
  recordAudit: RecordAudit;
}

const DAY_MS = 24 * 3600_000;
const PATH = `${APP_PATH}/errors`;
const OfApp = z.object({ tenant: z.string(), app: z.string().max(64) });
const OfGroup = OfApp.extend({ id: Fingerprint });
/** What is no error, and is counted apart. */
const NO_ERROR = 'consent.denied';

const ErrorsView = z
  .object({
    data: z.array(TroubleView),
    /** Users who did not consent, in the same time: no error, and worth knowing. */
    refused_consent_count: z.int(),
    from: z.iso.datetime(),
    checked_at: z.iso.datetime(),
  })
  .meta({ id: 'Errors' });

export function createErrorRoutes(deps: ErrorRoutesDeps): MemberRoute[] {
  const { errors } = deps;

  const list = async (tx: Tx, appId: string, now: Date) => {
    const since = new Date(now.getTime() - TROUBLE_DAYS * DAY_MS);
    const groups = await errors.listGroups(tx, appId, since);
    const hours = await errors.listHours(tx, appId, now);
    const marks = new Map((await errors.listMarks(tx, appId)).map((mark) => [mark.fingerprint, mark]));
    const data = groups.map((group) => {
      const id = fingerprintOf(group);
      const own = hours.filter((hour) => fingerprintOf(hour) === id);
      return presentTrouble(group, { mark: marks.get(id), hours: lineOfHours(own, now) });
    });
    return {
      data: data.filter(({ id }) => id !== NO_ERROR).sort(compareTroubles),
      refused_consent_count: data.find(({ id }) => id === NO_ERROR)?.count ?? 0,
      from: since.toISOString(),
      checked_at: now.toISOString(),
    };
  };

  const read = roleRoute({
    method: 'GET',
    path: PATH,
    roles: MAY['errors.read'],
    summary: 'What went wrong in the last seven days, by cause',
    params: OfApp,
    replies: { 200: { description: 'Groups, open ones first', schema: ErrorsView } },
    handle: async ({ tx, params, now }) => {
      const app = await loadApp(deps, tx, params.app);
      return { status: 200, body: await list(tx, app.id, now) };
    },
  });

  const decide = (verb: 'mute' | 'resolve' | 'reopen', summary: string, state: MarkState | undefined) =>
    roleRoute({
      method: 'POST',
      path: `${PATH}/:id/${verb}`,
      roles: MAY['errors.change'],
      summary,
      params: OfGroup,
      body: z.strictObject({}),
      replies: { 200: { description: 'The group', schema: TroubleView } },
      handle: async ({ tx, params, now, login, client }) => {
        const app = await loadApp(deps, tx, params.app);
        const find = async () => (await list(tx, app.id, now)).data.find(({ id }) => id === params.id);
        if ((await find()) === undefined) throw new Problem('not_found');
        const mark = { fingerprint: params.id, memberId: login.memberId, markedAt: now };
        if (state === undefined) await errors.unmark(tx, app.id, params.id);
        else await errors.mark(tx, app.id, { ...mark, state });
        await deps.recordAudit(tx, {
          ...{ at: now, action: ACTIONS[verb], actorId: login.memberId, target: params.id },
          details: { app: app.id },
          address: maskAddress(client.address),
        });
        return { status: 200, body: await find() };
      },
    });

  return [
    read,
    decide('mute', 'Count it no longer among the open ones, whatever happens', 'muted'),
    decide('resolve', 'It is put right; open again as soon as it happens again', 'resolved'),
    decide('reopen', 'Take a decision back', undefined),
  ];
}

const ACTIONS = { mute: 'error.muted', resolve: 'error.resolved', reopen: 'error.reopened' } as const;

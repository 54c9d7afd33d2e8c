/** The audit log of a tenant. @see ADMINUI 3.3: Audit */
import { z } from 'zod';
import { type Cursors, listQuery, pageOf } from '../http/cursor.ts';
import { type MemberRoute, roleRoute } from '../http/member-route.ts';
import { AUDIT_ACTIONS, AuditView, type ChainedEntry, presentEntry } from './audit.ts';
import type { AuditStore } from './audit-store.ts';
import { MAY } from './members.ts';
import type { MemberStore } from './store.ts';

export interface AuditRoutesDeps {
  audit: Pick<AuditStore, 'list' | 'findBreak'>;
  members: Pick<MemberStore, 'team'>;
  cursors: Cursors;
}

const PATH = '/admin/api/v1/tenants/:tenant/audit';
const AuditQuery = z.strictObject({
  ...listQuery,
  action: z.enum(AUDIT_ACTIONS).optional(),
  actor: z.string().max(64).optional(),
});

export function createAuditRoutes({ audit, members, cursors }: AuditRoutesDeps): MemberRoute[] {
  return [
    roleRoute({
      method: 'GET',
      path: PATH,
      roles: MAY['audit.read'],
      summary: 'What happened in this tenant, newest first, for twelve months',
      query: AuditQuery,
      replies: { 200: { description: 'A page of entries', schema: pageOf(AuditView) } },
      handle: async ({ tx, query }) => {
        const { limit, cursor, action, actor } = query;
        const scope = { tenantId: tx.tenantId, list: `audit/${action ?? ''}/${actor ?? ''}` };
        const position = cursors.read(scope, cursor);
        const before = position === undefined ? undefined : Number(position);
        const rows = await audit.list(tx, { limit: limit + 1, before, action, actorId: actor });
        const emails = new Map((await members.team(tx)).map((member) => [member.id, member.email]));
        const view = (entry: ChainedEntry) => presentEntry(entry, (id) => emails.get(id));
        const positionOf = (entry: ChainedEntry) => String(entry.position);
        return { status: 200, body: cursors.page(scope, { rows, limit, positionOf, view }) };
      },
    }),
    roleRoute({
      method: 'GET',
      path: `${PATH}/check`,
      roles: MAY['audit.read'],
      summary: 'Whether the log is as it was written',
      replies: {
        200: {
          description: 'The position of the first entry that was changed or is missing, or null',
          schema: z.object({
            object: z.literal('audit_check'),
            intact: z.boolean(),
            position: z.int().nullable(),
          }),
        },
      },
      handle: async ({ tx }) => {
        const position = (await audit.findBreak(tx)) ?? null;
        return { status: 200, body: { object: 'audit_check', intact: position === null, position } };
      },
    }),
  ];
}

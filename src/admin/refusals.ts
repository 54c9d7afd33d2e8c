/** Calls of Divar that were refused: counted in memory, because nobody may slow Divar down by being refused, and written
 *  down every few seconds. What a process had counted when it died is lost. */
import type { ProblemCode } from '../errors.ts';
import type { Db } from '../ports.ts';
import type { AppDirectory } from '../tenants/tenants.ts';
import type { ErrorStore, RefusalCount } from './error-store.ts';

const KINDS: Readonly<Record<string, RefusalCount['kind']>> = {
  '/i/:app_id': 'init',
  '/e/:app_id': 'event',
  '/a/:app_id': 'action',
};

export function createRefusals({
  db,
  directory,
  errors,
}: {
  db: Pick<Db, 'tenant'>;
  directory: Pick<AppDirectory, 'find'>;
  errors: Pick<ErrorStore, 'addRefusals'>;
}) {
  let counted = new Map<string, RefusalCount>();

  const note = ({
    route,
    appId,
    code,
    at,
  }: {
    route: string;
    appId: string;
    code: ProblemCode;
    at: Date;
  }) => {
    const kind = KINDS[route];
    const app = kind && directory.find(appId);
    // Anybody can make an id up; what is held here is bounded by the apps there are. A suspended app refuses everything.
    if (kind === undefined || app === undefined || app.suspended) return;
    const key = `${appId}/${kind}/${code}`;
    const known = counted.get(key);
    if (known === undefined) counted.set(key, { appId, kind, code, count: 1, firstAt: at, lastAt: at });
    else counted.set(key, { ...known, count: known.count + 1, lastAt: at });
  };

  return {
    note,

    /** How many kinds were written down. What cannot be written is lost: it is a figure, not a promise. */
    flush: async (): Promise<number> => {
      const taken = [...counted.values()];
      counted = new Map();
      const byTenant = new Map<string, RefusalCount[]>();
      for (const count of taken) {
        const tenantId = directory.find(count.appId)?.tenantId;
        if (tenantId !== undefined) byTenant.set(tenantId, [...(byTenant.get(tenantId) ?? []), count]);
      }
      for (const [tenantId, counts] of byTenant)
        await db.tenant(tenantId, (tx) => errors.addRefusals(tx, counts));
      return 0;
    },
  };
}

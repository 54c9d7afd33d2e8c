/** All SQL of setting up: notes, marks of steps, runs of checks, arrivals. */
import type { Db, Tx } from '../ports.ts';
import {
  type ArrivalKind,
  type Arrivals,
  type CheckName,
  type CheckOutcome,
  type CheckRun,
  EMPTY_SETUP,
  type Exchange,
  isLost,
  Kenar,
  Privacy,
  type RunState,
  type Setup,
  type Step,
  type StepMark,
} from './setup.ts';

interface SetupRow {
  kenar: unknown;
  privacy: unknown;
  test_post: string | null;
  steps: Partial<Record<Step, StepMark>>;
}

interface RunRow {
  name: CheckName;
  state: RunState;
  cause: string | null;
  exchanges: Exchange[];
  began_at: Date;
  ended_at: Date | null;
  run_id: string;
}

interface ArrivalRow {
  kind: ArrivalKind;
  first_at: Date;
  first_address: string | null;
  last_at: Date;
  last_address: string | null;
}

/** What was noted in memory on its way into the table. */
export interface NotedArrival {
  tenant_id: string;
  app_id: string;
  kind: ArrivalKind;
  at: string;
  address: string | null;
}

export type SetupStore = ReturnType<typeof createSetupStore>;

const fromRow = (row: RunRow): CheckRun => ({
  name: row.name,
  state: row.state,
  cause: row.cause,
  exchanges: row.exchanges,
  beganAt: row.began_at,
  endedAt: row.ended_at,
});

export function createSetupStore() {
  const setupOf = (tx: Tx, appId: string) =>
    tx.sql('app_setups').where({ tenant_id: tx.tenantId, app_id: appId });
  const runsOf = (tx: Tx, appId: string) =>
    tx.sql('setup_checks').where({ tenant_id: tx.tenantId, app_id: appId });

  return {
    find: async (tx: Tx, appId: string): Promise<Setup> => {
      const row = (await setupOf(tx, appId).first()) as SetupRow | undefined;
      if (row === undefined) return EMPTY_SETUP;
      return {
        kenar: Kenar.parse(row.kenar ?? {}),
        privacy: Privacy.parse(row.privacy ?? {}),
        testPost: row.test_post,
        steps: row.steps,
      };
    },

    save: async (tx: Tx, appId: string, changes: Partial<Setup>): Promise<void> => {
      const { kenar, privacy, testPost, steps } = changes;
      const columns = {
        ...(kenar === undefined ? {} : { kenar: JSON.stringify(kenar) }),
        ...(privacy === undefined ? {} : { privacy: JSON.stringify(privacy) }),
        ...(testPost === undefined ? {} : { test_post: testPost }),
        ...(steps === undefined ? {} : { steps: JSON.stringify(steps) }),
      };
      await tx
        .sql('app_setups')
        .insert({ tenant_id: tx.tenantId, app_id: appId, ...columns })
        .onConflict(['tenant_id', 'app_id'])
        .merge(Object.keys(columns).length === 0 ? ['app_id'] : Object.keys(columns));
    },

    listRuns: async (tx: Tx, appId: string): Promise<CheckRun[]> =>
      ((await runsOf(tx, appId)) as RunRow[]).map(fromRow),

    /** False while another run of it goes on. */
    beginRun: async (
      tx: Tx,
      appId: string,
      { name, runId, now }: { name: CheckName; runId: string; now: Date },
    ): Promise<boolean> => {
      const begun = {
        ...{ tenant_id: tx.tenantId, app_id: appId, name },
        ...{ state: 'running', cause: null, exchanges: '[]', began_at: now, ended_at: null, run_id: runId },
      };
      await tx.sql('setup_checks').insert(begun).onConflict(['tenant_id', 'app_id', 'name']).ignore();
      const row = (await runsOf(tx, appId).where({ name }).forUpdate().first()) as RunRow | undefined;
      if (row?.run_id === runId) return true;
      if (row && row.state === 'running' && !isLost(fromRow(row), now)) return false;
      await runsOf(tx, appId).where({ name }).update(begun);
      return true;
    },

    /** What a later run, or a change of the settings, has overtaken is thrown away. */
    endRun: async (
      tx: Tx,
      appId: string,
      { name, runId, now, outcome }: { name: CheckName; runId: string; now: Date; outcome: CheckOutcome },
    ): Promise<void> => {
      const { state, cause, exchanges } = outcome;
      await runsOf(tx, appId)
        .where({ name, run_id: runId })
        .update({ state, cause, exchanges: JSON.stringify(exchanges), ended_at: now });
    },

    forgetRuns: async (tx: Tx, appId: string, names: readonly CheckName[]): Promise<void> => {
      if (names.length > 0) await runsOf(tx, appId).whereIn('name', names).delete();
    },

    findArrivals: async (tx: Tx, appId: string): Promise<Arrivals> => {
      const rows = (await tx
        .sql('app_arrivals')
        .where({ tenant_id: tx.tenantId, app_id: appId })) as ArrivalRow[];
      return Object.fromEntries(
        rows.map((row) => [
          row.kind,
          {
            firstAt: row.first_at,
            firstAddress: row.first_address,
            lastAt: row.last_at,
            lastAddress: row.last_address,
          },
        ]),
      );
    },

    noteArrivals: async (db: Pick<Db, 'call'>, rows: readonly NotedArrival[]): Promise<void> => {
      await db.call('note_arrivals', [JSON.stringify(rows)]);
    },

    findTenantName: async (tx: Tx): Promise<string> => {
      const row = await tx.sql('tenants').where({ tenant_id: tx.tenantId }).first('name');
      return String(row?.name ?? '');
    },
  };
}

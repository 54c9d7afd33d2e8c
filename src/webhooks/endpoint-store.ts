/** All SQL of endpoints. Their secrets are sealed and opened only here. */
import type { Seal, Tx } from '../ports.ts';
import type { DisabledReason, Endpoint, EndpointHealth, PreviousSecret } from './webhooks.ts';

interface EndpointRow {
  tenant_id: string;
  id: string;
  app_id: string;
  url: string;
  events: string[];
  secret: string;
  previous_secrets: string | null;
  disabled_at: Date | null;
  disabled_reason: DisabledReason | null;
  failing_since: Date | null;
  failure_count: number;
  last_success_at: Date | null;
  secret_made_at: Date | null;
  created_at: Date;
}

export interface NewEndpoint {
  id: string;
  appId: string;
  url: string;
  events: readonly string[];
  secret: string;
  now: Date;
}

/** A success is worth a write once a minute. */
const SUCCESS_EVERY_SECONDS = 60;

export type EndpointStore = ReturnType<typeof createEndpointStore>;

export function createEndpointStore({ seal }: { seal: Seal }) {
  const sealed = sealedEndpoints(seal);
  return { ...reads(sealed), ...writes(sealed), ...health() };
}

type Sealed = ReturnType<typeof sealedEndpoints>;

const rows = (tx: Tx) => tx.sql<EndpointRow>('endpoints').where({ tenant_id: tx.tenantId });

const lockRow = async (tx: Tx, appId: string, id: string): Promise<EndpointRow | undefined> =>
  (await rows(tx).where({ app_id: appId, id }).forUpdate().first()) as EndpointRow | undefined;

function reads({ fromRow, openSecrets }: Sealed) {
  return {
    count: async (tx: Tx, appId: string): Promise<number> => {
      const row = await rows(tx).where({ app_id: appId }).count({ count: '*' }).first();
      return Number(row?.count ?? 0);
    },

    find: async (tx: Tx, appId: string, id: string): Promise<Endpoint | undefined> => {
      const row = await rows(tx).where({ app_id: appId, id }).first();
      return row && fromRow(row as EndpointRow);
    },

    findByUrl: async (tx: Tx, appId: string, url: string): Promise<Endpoint | undefined> => {
      const row = await rows(tx).where({ app_id: appId, url }).first();
      return row && fromRow(row as EndpointRow);
    },

    /** The endpoint, and its secrets that are valid at `now`, the newest first. */
    findWithSecrets: async (
      tx: Tx,
      appId: string,
      id: string,
      now: Date,
    ): Promise<{ endpoint: Endpoint; secrets: string[] } | undefined> => {
      const row = (await rows(tx).where({ app_id: appId, id }).first()) as EndpointRow | undefined;
      if (!row) return undefined;
      const { current, previous } = openSecrets(row);
      const valid = previous.filter(({ expiresAt }) => new Date(expiresAt) > now);
      return { endpoint: fromRow(row), secrets: [current, ...valid.map(({ secret }) => secret)] };
    },

    list: async (
      tx: Tx,
      appId: string,
      page: { limit: number; before?: string | undefined },
    ): Promise<Endpoint[]> => {
      const found = await rows(tx)
        .where({ app_id: appId })
        .modify((query) => page.before && query.where('id', '<', page.before))
        .orderBy('id', 'desc')
        .limit(page.limit);
      return (found as EndpointRow[]).map(fromRow);
    },

    /** Those that take anything at the moment. */
    listEnabled: async (tx: Tx, appId: string): Promise<{ id: string; events: readonly string[] }[]> =>
      await rows(tx).where({ app_id: appId }).whereNull('disabled_at').select('id', 'events'),

    /** The row stays locked until the transaction ends. */
    lock: async (tx: Tx, appId: string, id: string): Promise<Endpoint | undefined> => {
      const row = await lockRow(tx, appId, id);
      return row && fromRow(row);
    },
  };
}

function writes({ openSecrets, sealSecret, sealPrevious }: Sealed) {
  return {
    insert: async (tx: Tx, { id, appId, url, events, secret, now }: NewEndpoint): Promise<boolean> => {
      const made = await tx
        .sql('endpoints')
        .insert({
          tenant_id: tx.tenantId,
          id,
          app_id: appId,
          url,
          events,
          secret: sealSecret(tx, id, secret),
          created_at: now,
        })
        .onConflict(['tenant_id', 'app_id', 'url'])
        .ignore()
        .returning('id');
      return made.length === 1;
    },

    update: async (tx: Tx, id: string, change: { url: string; events: readonly string[] }): Promise<void> => {
      await rows(tx)
        .where({ id })
        .update({ url: change.url, events: [...change.events] });
    },

    remove: async (tx: Tx, appId: string, id: string): Promise<boolean> =>
      (await rows(tx).where({ app_id: appId, id }).delete()) === 1,

    /** The old secret signs on until `expiresAt`, as do those before it that are still valid: at most `maxCount` of them. */
    rotate: async (
      tx: Tx,
      {
        appId,
        id,
        secret,
        expiresAt,
        now,
        maxCount,
      }: {
        appId: string;
        id: string;
        secret: string;
        expiresAt: Date;
        now: Date;
        maxCount: number;
      },
    ): Promise<boolean> => {
      const row = await lockRow(tx, appId, id);
      if (!row) return false;
      const { current, previous } = openSecrets(row);
      const kept = [{ secret: current, expiresAt: expiresAt.toISOString() }, ...previous]
        .filter((old) => new Date(old.expiresAt) > now)
        .slice(0, maxCount);
      await rows(tx)
        .where({ id })
        .update({
          secret: sealSecret(tx, id, secret),
          secret_made_at: now,
          previous_secrets: kept.length === 0 ? null : sealPrevious(tx, id, kept),
        });
      return true;
    },
  };
}

function health() {
  return {
    enable: async (tx: Tx, id: string): Promise<void> => {
      await rows(tx)
        .where({ id })
        .update({ disabled_at: null, disabled_reason: null, failing_since: null, failure_count: 0 });
    },

    /** False when it was disabled already. */
    disable: async (tx: Tx, id: string, reason: DisabledReason, now: Date): Promise<boolean> =>
      (await rows(tx)
        .where({ id })
        .whereNull('disabled_at')
        .update({ disabled_at: now, disabled_reason: reason })) === 1,

    /** Writes only what is news: most successes are none. */
    noteSuccess: async (tx: Tx, id: string, now: Date): Promise<void> => {
      await rows(tx)
        .where({ id })
        .whereRaw('(failing_since is not null or last_success_at is null or last_success_at < ?)', [
          new Date(now.getTime() - SUCCESS_EVERY_SECONDS * 1000),
        ])
        .update({ failing_since: null, failure_count: 0, last_success_at: now });
    },

    /** The health after one more failure. */
    noteFailure: async (tx: Tx, id: string, now: Date): Promise<EndpointHealth | undefined> => {
      const [row] = (await rows(tx)
        .where({ id })
        .update({
          failing_since: tx.sql.raw('coalesce(failing_since, ?)', [now]),
          failure_count: tx.sql.raw('failure_count + 1'),
        })
        .returning(['failing_since', 'failure_count'])) as Pick<
        EndpointRow,
        'failing_since' | 'failure_count'
      >[];
      return row && { failingSince: row.failing_since, failureCount: row.failure_count };
    },
  };
}

function sealedEndpoints(seal: Seal) {
  const associatedData = (tenantId: string, column: string, id: string) =>
    `${tenantId}|endpoints|${column}|${id}`;
  const openPrevious = ({ tenant_id, id, previous_secrets }: EndpointRow): PreviousSecret[] =>
    previous_secrets === null
      ? []
      : (JSON.parse(
          seal.open(previous_secrets, associatedData(tenant_id, 'previous_secrets', id)),
        ) as PreviousSecret[]);
  return {
    sealSecret: (tx: Tx, id: string, secret: string) =>
      seal.seal(secret, associatedData(tx.tenantId, 'secret', id)),
    sealPrevious: (tx: Tx, id: string, previous: readonly PreviousSecret[]) =>
      seal.seal(JSON.stringify(previous), associatedData(tx.tenantId, 'previous_secrets', id)),
    openSecrets: (row: EndpointRow) => ({
      current: seal.open(row.secret, associatedData(row.tenant_id, 'secret', row.id)),
      previous: openPrevious(row),
    }),
    fromRow: (row: EndpointRow): Endpoint => ({
      tenantId: row.tenant_id,
      id: row.id,
      appId: row.app_id,
      url: row.url,
      events: row.events,
      disabledAt: row.disabled_at,
      disabledReason: row.disabled_reason,
      failingSince: row.failing_since,
      failureCount: row.failure_count,
      lastSuccessAt: row.last_success_at,
      secretMadeAt: row.secret_made_at ?? row.created_at,
      previousSecretsUntil: latest(openPrevious(row)),
      createdAt: row.created_at,
    }),
  };
}

function latest(previous: readonly PreviousSecret[]): Date | null {
  const times = previous.map(({ expiresAt }) => new Date(expiresAt).getTime());
  return times.length === 0 ? null : new Date(Math.max(...times));
}

/**
 * What an operator watches, for Prometheus. Outcomes are counted from the wide log lines, so that nothing is counted that
 * is not logged and no room knows of metrics; depths are asked of the database when somebody looks. No label names a
 * tenant, an app or a person, and each has a few values.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock, Db, Log } from '../ports.ts';

/** Two scrapers, or an impatient one, cost the database no more than one. */
const FIGURES_MAX_AGE_MS = 10_000;
/** Labels come from tables in the code; beyond this a mistake is made, and the rest is one value. */
const MAX_LABEL_VALUES = 200;
const WAIT_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 3600];
const DURATION_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Connections of one pool. */
export interface PoolUsage {
  pool: string;
  totalCount: number;
  idleCount: number;
  waitingCount: number;
}

export interface MetricsDeps {
  db: Pick<Db, 'call'>;
  poolUsage: () => readonly PoolUsage[];
  clock: Clock;
}

/** Functions of the migrations that give sums over all tenants. Each column but the label is a gauge. */
const FIGURES = [
  {
    fn: 'queue_figures',
    label: 'lane',
    columns: { open_count: 'messages_open', oldest_seconds: 'oldest_due_seconds' },
  },
  {
    fn: 'budget_figures',
    label: 'blocked_by',
    columns: { app_count: 'apps_blocked', lowest_left: 'budget_left_ratio' },
  },
  {
    fn: 'delivery_figures',
    label: undefined,
    columns: { pending_count: 'deliveries_pending', due_count: 'deliveries_due' },
  },
] as const;

const HELP: Record<string, string> = {
  messages_open: 'Messages that are not final',
  oldest_due_seconds: 'Since when the longest waiting conversation is due',
  apps_blocked: 'Apps that send nothing at the moment, by what keeps them',
  budget_left_ratio: 'What is left of the day to the app that has least',
  deliveries_pending: 'Webhook deliveries that are not settled',
  deliveries_due: 'Webhook deliveries that could go now',
};

export function createMetrics({ db, poolUsage, clock }: MetricsDeps) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'peyvand_' });
  const isUp = new Gauge({
    name: 'peyvand_database_answers',
    help: 'Whether the figures below are fresh',
    registers,
  });
  const gauges = openGauges(registers);
  new Gauge({
    name: 'peyvand_pool_connections',
    help: 'Connections to PostgreSQL, and who waits for one',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const { pool, totalCount, idleCount, waitingCount } of poolUsage()) {
        this.set({ pool, state: 'busy' }, totalCount - idleCount);
        this.set({ pool, state: 'idle' }, idleCount);
        this.set({ pool, state: 'waiting' }, waitingCount);
      }
    },
  });

  const ask = async ({ fn, label, columns }: (typeof FIGURES)[number]): Promise<void> => {
    for (const row of await db.call<Line>(fn, []))
      for (const [column, name] of Object.entries(columns)) {
        const labels = label ? { [label]: String(row[label]) } : {};
        if (row[column] === null) gauges.get(name)?.remove(labels);
        else gauges.get(name)?.set(labels, Number(row[column]));
      }
  };

  let askedAtMs = Number.NEGATIVE_INFINITY;
  const refresh = async (): Promise<void> => {
    const nowMs = clock.now().getTime();
    if (nowMs - askedAtMs < FIGURES_MAX_AGE_MS) return;
    askedAtMs = nowMs;
    try {
      for (const figures of FIGURES) await ask(figures);
      isUp.set(1);
    } catch {
      isUp.set(0);
    }
  };

  return {
    /** Writes what it is given, and counts it. */
    countingLog: (log: Log): Log => countLines(log, registers),

    /** Answers `GET /metrics` and nothing else. */
    callback: (req: IncomingMessage, res: ServerResponse): void => {
      if (req.url !== '/metrics' || req.method !== 'GET') {
        res.writeHead(404).end();
        return;
      }
      void refresh()
        .then(() => registry.metrics())
        .then(
          (text) => res.writeHead(200, { 'content-type': registry.contentType }).end(text),
          () => res.writeHead(500).end(),
        );
    },
  };
}

function openGauges(registers: Registry[]): Map<string, Gauge> {
  return new Map(
    FIGURES.flatMap(({ label, columns }) =>
      Object.values(columns).map((name): [string, Gauge] => [
        name,
        new Gauge({
          name: `peyvand_${name}`,
          help: HELP[name] ?? name,
          labelNames: label ? [label] : [],
          registers,
        }),
      ]),
    ),
  );
}

/** A line's own fields; whatever is missing is a value of its own. */
type Line = Record<string, unknown>;

function countLines(log: Log, registers: Registry[]): Log {
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `peyvand_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string, labelNames: string[], buckets: number[]) =>
    new Histogram({ name: `peyvand_${name}`, help, labelNames, buckets, registers });
  const requests = counter('http_requests_total', 'Requests that were answered', ['route', 'status']);
  const requestTimes = histogram(
    'http_request_seconds',
    'Until the answer',
    ['route'],
    DURATION_BUCKETS_SECONDS,
  );
  const tries = counter('message_attempts_total', 'Tries to send a message, by what came of it', [
    'state',
    'code',
  ]);
  const waits = histogram('message_wait_seconds', 'From due to begun', ['lane'], WAIT_BUCKETS_SECONDS);
  const deliveries = counter('delivery_attempts_total', 'Tries to deliver an event', ['outcome', 'code']);
  const labels = createLabels();

  const COUNTS: Record<string, (line: Line) => void> = {
    request: (line) => {
      const route = labels('route', line.route);
      requests.inc({ route, status: statusClass(line.status) });
      if (typeof line.duration_ms === 'number') requestTimes.observe({ route }, line.duration_ms / 1000);
    },
    'message attempt': (line) => {
      tries.inc({ state: labels('state', line.state), code: labels('code', line.code) });
      if (typeof line.queue_wait_ms === 'number')
        waits.observe({ lane: labels('lane', line.lane) }, line.queue_wait_ms / 1000);
    },
    'webhook attempt': (line) =>
      deliveries.inc({
        outcome: labels('outcome', line.outcome),
        code: labels('why', line.code),
      }),
  };

  const counting =
    (write: (fields: object, message: string) => void) =>
    (fields: object, message: string): void => {
      write(fields, message);
      COUNTS[message]?.(fields as Line);
    };
  return {
    debug: counting((fields, message) => log.debug(fields, message)),
    info: counting((fields, message) => log.info(fields, message)),
    warn: counting((fields, message) => log.warn(fields, message)),
    error: counting((fields, message) => log.error(fields, message)),
  };
}

function statusClass(status: unknown): string {
  return typeof status === 'number' && status >= 100 ? `${Math.floor(status / 100)}xx` : 'none';
}

function createLabels() {
  const known = new Map<string, Set<string>>();
  return (kind: string, value: unknown): string => {
    const text = typeof value === 'string' ? value : 'none';
    const values = known.get(kind) ?? new Set();
    known.set(kind, values);
    if (values.size < MAX_LABEL_VALUES) values.add(text);
    return values.has(text) ? text : 'other';
  };
}

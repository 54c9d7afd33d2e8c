/** How far a business has come in connecting its app: steps, checks, what Divar has already reached. @see ADMINUI 3.4 */
import { z } from 'zod';
import type { Environment } from '../tenants/tenants.ts';

export const STEPS = ['identity', 'keys', 'scopes', 'addresses', 'service', 'checks'] as const;
export type Step = (typeof STEPS)[number];
export const StepMark = z.enum(['done', 'skipped']);
export type StepMark = z.infer<typeof StepMark>;

/** In the order in which they are shown: ① to ⑦. */
export const CHECKS = [
  'api_key',
  'client_secret',
  'redirect',
  'init',
  'landing',
  'webhook',
  'events',
] as const;
export const CheckName = z.enum(CHECKS);
export type CheckName = z.infer<typeof CheckName>;

/** Until these have passed the app is not ready for users. @see ADMINUI 3.4: ①②④⑤⑦ */
const REQUIRED: ReadonlySet<CheckName> = new Set(['api_key', 'client_secret', 'init', 'landing', 'events']);

/** What is found by waiting for somebody else's call, not by calling. */
const AWAITED = { redirect: 'redirect', events: 'events' } as const satisfies Partial<
  Record<CheckName, ArrivalKind>
>;

/** Addresses of an app that somebody calls. */
export const ARRIVALS = ['init', 'events', 'redirect', 'fallback', 'action'] as const;
export type ArrivalKind = (typeof ARRIVALS)[number];

export interface Arrival {
  firstAt: Date;
  /** Of Divar's server; null where a user's browser came. */
  firstAddress: string | null;
  lastAt: Date;
  lastAddress: string | null;
}
export type Arrivals = Partial<Record<ArrivalKind, Arrival>>;

export type RunState = 'running' | 'passed' | 'warning' | 'failed' | 'skipped';
export type CheckState = 'waiting' | RunState;

/** One thing that a check has sent, and what came back. No secret, no text of the other side. */
export const Exchange = z.object({
  /** Which one, where a check sends several. */
  label: z.string(),
  method: z.string(),
  /** Without its query, which may hold secrets of the business. */
  address: z.string(),
  status: z.int().nullable(),
  /** Why there is no answer, or how the answer calls itself. */
  code: z.string().nullable(),
  duration_ms: z.int().nullable(),
});
export type Exchange = z.infer<typeof Exchange>;

export interface CheckRun {
  name: CheckName;
  state: RunState;
  cause: string | null;
  exchanges: readonly Exchange[];
  beganAt: Date;
  endedAt: Date | null;
}

/** The cause of a run that could do nothing: a live app waits for a person at Divar. */
export const AWAITS_DIVAR = 'awaits_divar';

/** A run that has no end by now belongs to a process that has died. Longer than all deadlines of a check together. */
const RUN_LIMIT_MS = 45_000;

export interface CheckOutcome {
  state: Exclude<RunState, 'running'>;
  cause: string | null;
  exchanges: readonly Exchange[];
}

export interface JudgedCheck {
  name: CheckName;
  state: CheckState;
  cause: string | null;
  exchanges: readonly Exchange[];
  ranAt: Date | null;
  isRequired: boolean;
}

/** The state of every check, as it is at `now`. */
export function judgeChecks(runs: readonly CheckRun[], arrivals: Arrivals, now: Date): JudgedCheck[] {
  return CHECKS.map((name) => {
    const run = runs.find((one) => one.name === name);
    const isRequired = REQUIRED.has(name);
    const arrival = name === 'redirect' || name === 'events' ? arrivals[AWAITED[name]] : undefined;
    if (arrival !== undefined)
      return { name, state: 'passed', cause: null, exchanges: [], ranAt: arrival.firstAt, isRequired };
    const waiting: JudgedCheck = {
      name,
      state: 'waiting',
      cause: null,
      exchanges: [],
      ranAt: null,
      isRequired,
    };
    if (run === undefined || isLost(run, now)) return waiting;
    const { cause, exchanges, beganAt, endedAt } = run;
    const state = cause === AWAITS_DIVAR ? 'waiting' : run.state;
    return { name, state, cause, exchanges, ranAt: endedAt ?? beganAt, isRequired };
  });
}

export function isLost(run: Pick<CheckRun, 'state' | 'beganAt'>, now: Date): boolean {
  return run.state === 'running' && now.getTime() - run.beganAt.getTime() > RUN_LIMIT_MS;
}

/** A warning is something to know; it keeps nobody from going live. */
export function openChecks(checks: readonly JudgedCheck[]): CheckName[] {
  return checks
    .filter(({ isRequired, state }) => isRequired && state !== 'passed' && state !== 'warning')
    .map(({ name }) => name);
}

/** What a change of the settings makes out of date. */
export const CHECKS_OF_SECTION: Readonly<Record<string, readonly CheckName[]>> = {
  identity: ['api_key', 'client_secret', 'init'],
  landing: ['landing'],
};
export const CHECKS_OF_SECRET: Readonly<Record<string, readonly CheckName[]>> = {
  identification_key: ['init'],
  api_key: ['api_key'],
  client_secret: ['client_secret'],
};

/** The first test post of our simulator. */
const SANDBOX_POST = 'wZ_x9Qa7';
export function testPostOf(environment: Environment, testPost: string | null): string | null {
  return testPost ?? (environment === 'sandbox' ? SANDBOX_POST : null);
}

const line = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength)
    .regex(/^[^\p{Cc}\u202a-\u202e\u2066-\u2069\u200e\u200f]*$/u, 'one line without control characters');

/** What stands in the Kenar panel beside keys and addresses: noted here, so that nobody has to look there. */
export const Kenar = z.strictObject({
  status: z.enum(['ACTIVE', 'DEVELOPMENT', 'INACTIVE', 'SUSPENDED']).default('DEVELOPMENT'),
  published: z.boolean().default(false),
  subtitle: line(100).default(''),
  description: line(500).default(''),
});
export type Kenar = z.infer<typeof Kenar>;

/** What the business tells its users about their data, besides what follows from the settings. */
export const Privacy = z.strictObject({
  /** Whom to ask: e-mail, phone or page. */
  contact: line(200).default(''),
  purpose: line(500).default(''),
  /** How long the business itself keeps data; null: it has not said. */
  keeps_days: z.int().min(0).max(3650).nullable().default(null),
});
export type Privacy = z.infer<typeof Privacy>;

/** Divar's tokens of posts. */
export const TestPost = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9_-]{1,32}$/, 'the token of a post');

export interface Setup {
  kenar: Kenar;
  privacy: Privacy;
  testPost: string | null;
  steps: Partial<Record<Step, StepMark>>;
}

export const EMPTY_SETUP: Setup = {
  kenar: Kenar.parse({}),
  privacy: Privacy.parse({}),
  testPost: null,
  steps: {},
};

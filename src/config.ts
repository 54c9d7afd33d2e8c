/** The environment, read once and checked before anything starts. Every variable stands in `.env.example`. */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/** What the process was started as: `start` is everything and the demo; `release` migrates. */
export type Program = 'start' | 'web' | 'worker' | 'all' | 'release' | 'cli';

const DAY_SECONDS = 86_400;
const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const KEY = '[\\w-]{1,32}:[A-Za-z0-9+/_-]{43}=?';

const port = z.coerce.number().int().min(0).max(65_535);
const wholeNumber = (min: number, max: number) => z.coerce.number<string>().int().min(min).max(max);
const urlOf = (protocol: RegExp, example: string) => z.url({ protocol, error: `must be ${example}` });
const origin = z
  .string()
  .refine(isOrigin, 'must be an origin such as https://host or http://host:3000, without a path')
  .transform((text) => new URL(text).origin);
const list = z.string().transform((text) => text.split(',').map((part) => part.trim()));
const listOf = (isOne: (text: string) => boolean, what: string) =>
  list.pipe(z.array(z.string().refine(isOne, `must be ${what}, separated by commas`)));
const waitsSeconds = list.pipe(z.array(wholeNumber(1, 7 * DAY_SECONDS)).max(50));

const Environment = z.object({
  PORT: port.default(3000),
  HOST: z.string().optional(),
  PUBLIC_URL: origin.optional(),
  DATA_DIR: z.string().default('.data'),
  DATABASE_URL: urlOf(/^postgres(ql)?$/, 'postgres://...').optional(),
  REDIS_URL: urlOf(/^rediss?$/, 'redis://... or rediss://...').optional(),
  SECRET_KEYS: z
    .string()
    .regex(new RegExp(`^${KEY}(,${KEY})*$`), 'must be id:base64(32 bytes)[,id:...]')
    .optional(),
  DIVAR_API_URL: origin.default('https://open-api.divar.ir'),
  DIVAR_OAUTH_URL: origin.default('https://oauth.divar.ir'),
  DIVAR_UPLOAD_URL: origin.default('https://chat.divar.ir'),
  DIVAR_COMPLETION_URL: urlOf(/^https?$/, 'an http or https address').default(
    'https://open-platform-redirect.divar.ir/completion',
  ),
  DIVAR_V1_API_URL: origin.default('https://api.divar.ir'),
  DIVAR_V1_OAUTH_URL: origin.default('https://open-platform-redirect.divar.ir'),
  SIMULATOR_PORT: port.optional(),
  DEMO_PORT: port.optional(),
  SIMULATOR_URL: origin.optional(),
  ADMIN_URL: origin.optional(),
  METRICS_PORT: port.default(0),
  EGRESS_ALLOW: listOf(isRangeOrPlace, 'CIDRs or host:port').optional(),
  TRUSTED_PROXIES: listOf(ipaddr.isValidCIDR, 'CIDRs').default([]),
  SMTP_URL: urlOf(/^smtps?$/, 'smtp://... or smtps://...').optional(),
  MAIL_FROM: z.string().max(200).optional(),
  NODE_ENV: z.string().max(50).optional(),
  RETRY_SCHEDULE_SECONDS: waitsSeconds.default([
    5, 30, 120, 600, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
  ]),
  SEND_SCHEDULE_SECONDS: waitsSeconds.default([1, 5, 15, 60, 300, 900, 3600]),
  DIVAR_TIMEOUT_MS: wholeNumber(100, 60_000).default(10_000),
  WEBHOOK_TIMEOUT_MS: wholeNumber(100, 30_000).default(15_000),
  LEASE_SECONDS: wholeNumber(1, 3600).default(30),
  LAUNCH_TTL_SECONDS: wholeNumber(1, DAY_SECONDS).default(120),
  LANDING_CODE_TTL_SECONDS: wholeNumber(1, 600).default(60),
  SESSION_TTL_SECONDS: wholeNumber(60, 30 * DAY_SECONDS).default(DAY_SECONDS),
  IDLE_TIMEOUT_SECONDS: wholeNumber(60, DAY_SECONDS).default(900),
  ENFORCE_DIVAR_IPS: z.enum(['off', 'monitor', 'enforce']).default('monitor'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});
type Environment = z.infer<typeof Environment>;

export const VARIABLES = Object.keys(Environment.shape) as (keyof Environment)[];

export type Config = ReturnType<typeof loadConfig>;

/** Throws one error that names everything that is wrong. An empty variable counts as one that is not there. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>, program: Program) {
  const given = Object.fromEntries(
    VARIABLES.flatMap((name) => (env[name]?.trim() ? [[name, env[name].trim()]] : [])),
  );
  const parsed = Environment.safeParse(given);
  const issues = parsed.success
    ? findConflicts(parsed.data, program)
    : [
        ...parsed.error.issues.map(({ path: [name], message }) => `${String(name)}: ${message}`),
        ...findConflicts(given, program),
      ];
  if (!parsed.success || issues.length > 0) {
    throw new Error(
      `the environment is not valid\n${[...new Set(issues)].map((issue) => `  ${issue}`).join('\n')}`,
    );
  }
  return Object.freeze({ program, ...settle(parsed.data) });
}

/** What follows from more than one variable. */
function settle(read: Environment) {
  const embedded = read.DATABASE_URL === undefined;
  const publicUrl = read.PUBLIC_URL ?? `http://localhost:${read.PORT}`;
  const simulatorPort = read.SIMULATOR_PORT ?? (embedded ? 3001 : 0);
  return {
    /** Our own PostgreSQL below `dataDir`, because there is no DATABASE_URL. */
    embedded,
    port: read.PORT,
    host: read.HOST ?? (embedded ? '127.0.0.1' : '0.0.0.0'),
    publicUrl,
    adminUrl: read.ADMIN_URL ?? publicUrl,
    dataDir: read.DATA_DIR,
    databaseUrl: read.DATABASE_URL,
    redisUrl: read.REDIS_URL,
    /** Undefined only when `embedded`: then they are made and kept in `dataDir`. */
    secretKeys: read.SECRET_KEYS,
    divar: Object.freeze({
      apiUrl: read.DIVAR_API_URL,
      oauthUrl: read.DIVAR_OAUTH_URL,
      uploadUrl: read.DIVAR_UPLOAD_URL,
      completionUrl: read.DIVAR_COMPLETION_URL,
      v1ApiUrl: read.DIVAR_V1_API_URL,
      v1OauthUrl: read.DIVAR_V1_OAUTH_URL,
    }),
    /** 0: off. */
    simulatorPort,
    demoPort: read.DEMO_PORT ?? (embedded ? 3002 : 0),
    metricsPort: read.METRICS_PORT,
    /** Undefined: sandbox apps are refused. */
    simulatorUrl: read.SIMULATOR_URL ?? (simulatorPort > 0 ? `http://localhost:${simulatorPort}` : undefined),
    egressAllow: Object.freeze(read.EGRESS_ALLOW ?? (embedded ? LOOPBACK : [])),
    trustedProxies: Object.freeze(read.TRUSTED_PROXIES),
    smtpUrl: read.SMTP_URL,
    mailFrom: read.MAIL_FROM,
    /** Mails stay on this machine and are shown to whoever opens /dev/mail. */
    hasMailbox: embedded && read.SMTP_URL === undefined && read.NODE_ENV !== 'production',
    retryScheduleSeconds: Object.freeze(read.RETRY_SCHEDULE_SECONDS),
    sendScheduleSeconds: Object.freeze(read.SEND_SCHEDULE_SECONDS),
    divarTimeoutMs: read.DIVAR_TIMEOUT_MS,
    webhookTimeoutMs: read.WEBHOOK_TIMEOUT_MS,
    leaseSeconds: read.LEASE_SECONDS,
    launchTtlSeconds: read.LAUNCH_TTL_SECONDS,
    landingCodeTtlSeconds: read.LANDING_CODE_TTL_SECONDS,
    sessionTtlSeconds: read.SESSION_TTL_SECONDS,
    idleTimeoutSeconds: read.IDLE_TIMEOUT_SECONDS,
    enforceDivarIps: read.ENFORCE_DIVAR_IPS,
    logLevel: read.LOG_LEVEL,
  };
}

/** Works on what was given, parsed or not, so that all of it is said at once. */
function findConflicts(given: Partial<Record<keyof Environment, unknown>>, program: Program): string[] {
  const isSplit = program === 'web' || program === 'worker';
  return [
    isSplit &&
      !given.DATABASE_URL &&
      `DATABASE_URL: required for ${program}; only one process can run the embedded one`,
    isSplit &&
      !given.REDIS_URL &&
      `REDIS_URL: required for ${program}; web and worker wake each other through it`,
    given.DATABASE_URL &&
      program !== 'release' &&
      !given.SECRET_KEYS &&
      'SECRET_KEYS: required beside DATABASE_URL',
    given.SMTP_URL && !given.MAIL_FROM && 'MAIL_FROM: required beside SMTP_URL',
  ].filter((issue) => typeof issue === 'string');
}

function isOrigin(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return url.href === `${url.origin}/` && !/[?#]/.test(text);
}

function isRangeOrPlace(text: string): boolean {
  return ipaddr.isValidCIDR(text) || /^(\[[0-9a-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(text);
}

/** The operator's tool: JSON on stdout, messages on stderr; exits 0, 1 when it failed, 2 when it was called wrongly. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from './config.ts';
import { examine } from './doctor.ts';
import { Problem } from './errors.ts';
import { createLog } from './platform/log.ts';
import { checkSchema } from './platform/migrate.ts';
import { openPlatform, type Platform } from './platform/open.ts';
import { erasePerson } from './tenants/erase.ts';
import { parseProvisionRequest } from './tenants/provision.ts';
import { provisionTenant } from './tenants/provision-tenant.ts';
import { rewrapEverything } from './tenants/rewrap.ts';
import { createTenantStore, type TenantStore } from './tenants/store.ts';
import type { SecretKind } from './tenants/tenants.ts';

const USAGE = `usage: cli <verb>
  provision FILE|-                  create or update a tenant with its app, endpoints and API keys
  app retire-key ID KIND            end the second identification_key, api_key or client_secret
  tenant suspend|resume ID
  keys rewrap                       seal everything with the first of SECRET_KEYS
  erase --app ID --user DIVAR_ID [--phone 09...]
  doctor                            check what this installation needs`;

/** Every process looks for changes more often than this: when a verb has answered, it is in effect everywhere. */
const IN_EFFECT_MS = 1000;

class UsageError extends Error {}

type Config = ReturnType<typeof loadConfig>;
interface Tools {
  config: Config;
  platform: Platform;
  store: TenantStore;
}
type Verb = (args: string[], tools: Tools) => Promise<unknown>;

const VERBS: Record<string, Verb> = {
  provision: async ([file], { config, platform, store }) => {
    if (file === undefined) throw new UsageError();
    const request = parseProvisionRequest(parseJson(await readInput(file)), platform.isAllowedUrl);
    if (request.app.environment === 'sandbox' && config.simulatorUrl === undefined) {
      throw new Error('sandbox apps need a simulator: set SIMULATOR_URL');
    }
    const reply = await provisionTenant({ ...platform, store, publicUrl: config.publicUrl }, request);
    await sleep(IN_EFFECT_MS);
    return reply;
  },

  'app retire-key': async ([id, kind], { platform: { db }, store }) => {
    if (id === undefined || !isSecretKind(kind)) throw new UsageError();
    const tenantId = await store.findTenantOfApp(db, id);
    if (tenantId === undefined) throw new Error(`there is no app ${id}`);
    const isRetired = await db.tenant(tenantId, async (tx) => {
      const [first, second] = await store.readSecrets(tx, id, kind);
      if (first === undefined || second === undefined) return false;
      await store.writeSecrets(tx, id, kind, [first]);
      return true;
    });
    await sleep(IN_EFFECT_MS);
    return { app: { id }, kind, retired: isRetired };
  },

  'tenant suspend': (args, tools) => setSuspended(args, tools, true),
  'tenant resume': (args, tools) => setSuspended(args, tools, false),

  'keys rewrap': async (_args, { platform: { db, seal } }) => ({
    rewrapped: await rewrapEverything(db, seal),
  }),

  erase: async (args, { platform: { db, seal }, store }) => {
    const { app, user, phone } = parseEraseArgs(args);
    const words = [user, phone].filter((word) => word !== undefined);
    if (app === undefined || words.length === 0) throw new UsageError();
    const tenantId = await store.findTenantOfApp(db, app);
    if (tenantId === undefined) throw new Error(`there is no app ${app}`);
    return { erased: await db.tenant(tenantId, (tx) => erasePerson(tx, { seal, appId: app, words })) };
  },

  doctor: async (_args, { config, platform }) => examine(config, platform),
};

async function setSuspended([id]: string[], { platform: { db }, store }: Tools, suspended: boolean) {
  if (id === undefined) throw new UsageError();
  if (!(await db.tenant(id, (tx) => store.setSuspended(tx, suspended))))
    throw new Error(`there is no tenant ${id}`);
  await sleep(IN_EFFECT_MS);
  return { tenant: { id, suspended } };
}

function isSecretKind(kind: string | undefined): kind is SecretKind {
  return kind === 'identification_key' || kind === 'api_key' || kind === 'client_secret';
}

function parseEraseArgs(args: string[]) {
  try {
    const options = { app: { type: 'string' }, user: { type: 'string' }, phone: { type: 'string' } } as const;
    return parseArgs({ args, options }).values;
  } catch (cause) {
    throw new UsageError(undefined, { cause });
  }
}

async function readInput(file: string): Promise<string> {
  return file === '-' ? text(process.stdin) : readFile(file, 'utf8');
}

function parseJson(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    throw new Error('the input is not JSON');
  }
}

async function main(argv: string[]): Promise<void> {
  const name = [argv.slice(0, 2).join(' '), argv[0] ?? ''].find((candidate) => candidate in VERBS);
  const verb = name === undefined ? undefined : VERBS[name];
  if (name === undefined || verb === undefined) throw new UsageError();
  const config = loadConfig(process.env, 'cli');
  const platform = await openPlatform(config, createLog('silent'));
  try {
    if (name !== 'doctor') await checkSchema(platform.db);
    const tools = { config, platform, store: createTenantStore(platform) };
    const reply = await verb(argv.slice(name.split(' ').length), tools);
    process.stdout.write(`${JSON.stringify(reply, null, 2)}\n`);
    if (name === 'doctor' && !(reply as { ok: boolean }).ok) process.exitCode = 1;
  } finally {
    await platform.close();
  }
}

function explain(error: unknown): string {
  if (error instanceof UsageError) return USAGE;
  if (!(error instanceof Problem)) return (error as Error).message;
  return [error.message, ...error.issues.map(({ path, message }) => `  ${path}: ${message}`)].join('\n');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});

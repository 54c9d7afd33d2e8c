/**
 * `npm run smoke`: starts all of it on free ports and walks one visit of each generation without a browser, from the tap to
 * the message that both sides see and back to Divar. One line a hop; exits 0, or 1 at the first hop that is not as it should be.
 * The second generation is walked with the demo tenant, the first with the same example page under an app that the `cli` provisions.
 *   --source   runs `src/` instead of what was built
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Hooks, openHooks } from './kit/hooks.ts';
import {
  commandOf,
  freePorts,
  PROJECT_FOLDER,
  runCli,
  startProgram,
  stopAllPrograms,
} from './kit/program.ts';
import { createWebView, type Page, type WebView } from './kit/web-view.ts';

/** For what happens by itself: the worker tells the simulator of an app, and sends a message. */
const PATIENCE_MS = 10_000;
const CALL_TIMEOUT_MS = 15_000;

type Say = (hop: string, status: number | string, durationMs: number, what?: string) => void;

interface Addresses {
  gateway: string;
  simulator: string;
}

interface TapReply {
  ok: boolean;
  problems: { message: string }[];
  status: number;
  open: string | null;
  duration_ms: number;
}

interface Message {
  id: string;
  app: string | null;
  text: string;
  buttons: { caption: string }[][];
}

const { values: flags } = parseArgs({ options: { source: { type: 'boolean', default: false } } });
const build = flags.source ? 'src' : 'dist';
const endings: (() => unknown)[] = [];

async function main(): Promise<void> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'peyvand-smoke-'));
  endings.push(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  const [gatewayPort = 0, simulatorPort = 0, demoPort = 0, secondDemoPort = 0, hooksPort = 0] =
    await freePorts(5);
  const addresses = {
    gateway: `http://localhost:${gatewayPort}`,
    simulator: `http://localhost:${simulatorPort}`,
  };
  const env = {
    DATA_DIR: dataDir,
    PORT: String(gatewayPort),
    SIMULATOR_PORT: String(simulatorPort),
    DEMO_PORT: String(demoPort),
  };

  const say = sayWith('');
  const started = await startProgram({
    command: [...commandOf('main', build), 'start'],
    env,
    readyText: 'Demo tenant',
    dataDir,
  });
  say('start', 'ready', started.readyMs, addresses.gateway);
  await walk(addresses, { slug: 'blue-otter-lamp', say: sayWith('v2') });

  const second = await startFirstGenerationDemo(addresses, [secondDemoPort, hooksPort], env, sayWith('v1'));
  await walk(addresses, { slug: second.slug, say: sayWith('v1') });
  await hearOfIt(second, sayWith('v1'));

  const startedAt = performance.now();
  await started.stop();
  say('stop', 'ended', performance.now() - startedAt);
}

/** One visit of the seller of the first post. */
async function walk(
  { gateway, simulator }: Addresses,
  { slug, say }: { slug: string; say: Say },
): Promise<void> {
  await until(async () => {
    const { apps } = await call<{ apps: { slug: string }[] }>(`${simulator}/__apps`);
    return apps.some((app) => app.slug === slug);
  }, 'the simulator knows the app');
  const { latest } = await call<{ latest: number }>(`${simulator}/__log`);

  const opened = await tap(simulator, { app: slug, as: 'seller', kind: 'chat' }, say);
  const view = openWebView(say);
  const landing = await grant(view, await view.open(new URL(opened, simulator)));
  expect(
    landing.status === 200 && landing.text.includes('name="visit"'),
    `the landing shows the order form, not ${landing.status}`,
  );
  const end = await order(view, landing);
  expect(
    end.status === 200 && end.url.origin === simulator && end.url.pathname === '/completion',
    `the visit ends at Divar, not at ${end.url.origin}${end.url.pathname} with ${end.status}`,
  );
  const message = await seeMessage(simulator, { slug, after: latest, say });
  await followUp({ gateway, simulator }, { slug, message, say });
}

async function tap(simulator: string, request: object, say: Say): Promise<string> {
  const tapped = await call<TapReply>(`${simulator}/__tap`, request);
  say('tap, init', tapped.status, tapped.duration_ms, 'POST /i/:app_id');
  expect(tapped.ok && tapped.open !== null, tapped.problems.map(({ message }) => message).join('; '));
  return tapped.open ?? '';
}

function openWebView(say: Say): WebView {
  return createWebView(({ method, url, status, durationMs }) => {
    const hop = HOPS.find(([pattern]) => pattern.test(url.pathname))?.[1] ?? 'page';
    // Handles and visits are secrets, here too: what a build log keeps may be read by others.
    const at = url.pathname.replace(/^\/(s|r|webview)\/.*/, '/$1/...');
    say(hop, status, durationMs, `${method} ${url.host}${at}`);
  });
}

/** Presses the button of Divar's consent page, everything ticked. */
function grant(view: WebView, { url, status, text: html }: Page): Promise<Page> {
  expect(status === 200 && html.includes('name="decision"'), `the consent page is shown at ${url.pathname}`);
  const form = new URLSearchParams({ request: url.search.slice(1), user: 'seller', decision: 'grant' });
  for (const scope of (url.searchParams.get('scope') ?? '').split(' ')) form.append('scope', scope);
  return view.open(new URL(`${url.pathname}/decision`, url), form);
}

/** Fills in the form of the example page; the answer leads back to Divar. */
function order(view: WebView, { url, text: html }: Page): Promise<Page> {
  const find = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(html)?.[1] ?? '';
  const form = new URLSearchParams({
    visit: find('visit'),
    window: find('window'),
    address: 'تهران، خیابان ولیعصر، پلاک ۱۲',
  });
  return view.open(new URL('/orders', url), form);
}

/** The worker sends it after the visit has gone on; both sides of the chat must show it, with its button. */
async function seeMessage(
  simulator: string,
  { slug, after, say }: { slug: string; after: number; say: Say },
): Promise<string> {
  const query = new URLSearchParams({
    app: slug,
    kind: 'send',
    after: String(after),
    wait_ms: String(PATIENCE_MS),
  });
  const { hops } = await call<{ hops: { status: number; ms: number; method: string; path: string }[] }>(
    `${simulator}/__log?${query}`,
  );
  const [sent] = hops;
  expect(sent !== undefined, `no message reached Divar within ${PATIENCE_MS} ms`);
  say('message', sent?.status ?? 0, sent?.ms ?? 0, `${sent?.method} ${sent?.path}`);
  const state = await call<{ chats: { sides: Record<'seller' | 'buyer', Message[]> }[] }>(
    `${simulator}/__state`,
  );
  const [id, ...others] = (['seller', 'buyer'] as const).map((side) => {
    const seen = state.chats.flatMap((chat) => chat.sides[side]).find((message) => message.app === slug);
    expect(seen?.buttons[0]?.[0] !== undefined, `the ${side} sees the message with its button`);
    say(`the ${side} sees`, 'shown', 0, seen?.text.split('\n')[0]);
    return seen?.id;
  });
  expect(id !== undefined && others.every((other) => other === id), 'both sides see the same message');
  return id ?? '';
}

/** The button of the message leads to the order; the grant of the first visit spares the second the consent. */
async function followUp(
  { simulator }: Addresses,
  { slug, message, say }: { slug: string; message: string; say: Say },
): Promise<void> {
  const button = { message_id: message, side: 'seller', row: 0, column: 0 };
  const opened = await tap(simulator, { app: slug, as: 'seller', kind: 'button', button }, say);
  const page = await openWebView(say).open(new URL(opened, simulator));
  expect(
    page.status === 200 && page.url.pathname === '/track' && page.text.includes('ثبت شد'),
    `the button leads to the order, not to ${page.url.origin}${page.url.pathname} with ${page.status}`,
  );
}

/** What the visit did reaches the tenant's webhook, and so does what a person says in the chat. */
async function hearOfIt({ hooks, eventsUrl, identificationKey }: Provisioned, say: Say): Promise<void> {
  const startedAt = performance.now();
  const reply = await fetch(eventsUrl, {
    method: 'POST',
    headers: { authorization: identificationKey, 'content-type': 'application/json' },
    body: JSON.stringify(CHAT_MESSAGE),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  say('event', reply.status, performance.now() - startedAt, 'POST /e/:app_id');
  for (const type of ['session.landed', 'message.sent', 'button.clicked', 'chat.message.received']) {
    await until(async () => hooks.told.some((event) => event.type === type), `the webhook hears of ${type}`);
    say('webhook', type, performance.now() - startedAt);
  }
}

/** As Divar of the first generation notifies. */
const CHAT_MESSAGE = {
  type: 'CHAT_MESSAGE',
  timestamp: '1772353815',
  payload: {
    id: 'm2',
    type: 'TEXT',
    data: { text: 'موجوده؟' },
    sender: { id: 'u1', is_supply: false },
    receiver: { id: 'u2', is_supply: true },
    metadata: { category: 'light', post_token: 'wZ_x9Qa7', title: 'پراید' },
    sent_at: '1772353815250000',
  },
};

interface ProvisionReply {
  app: { identification_key: string; urls: { events: string } };
  endpoints: { secret: string }[];
  api_keys: { key: string }[];
}

interface Provisioned {
  slug: string;
  hooks: Hooks;
  eventsUrl: string;
  identificationKey: string;
}

/** A sandbox app of the first generation and its tenant: the example page once more, started as its README says. */
async function startFirstGenerationDemo(
  { gateway }: Addresses,
  [port, hooksPort]: [port: number, hooksPort: number],
  env: Record<string, string>,
  say: Say,
): Promise<Provisioned> {
  const [slug, demo] = ['red-heron-cup', `http://localhost:${port}`];
  let secret = '';
  const hooks = await openHooks(hooksPort, () => secret);
  endings.push(hooks.close);
  const startedAt = performance.now();
  const {
    app,
    endpoints,
    api_keys: keys,
  } = await runCli<ProvisionReply>([...commandOf('cli', build), 'provision', '-'], env, {
    tenant: { external_id: 'smoke', name: 'آزمون' },
    app: {
      external_id: 'smoke-v1',
      name: 'ارسال کالا ۱',
      environment: 'sandbox',
      generation: 'v1',
      divar: { slug },
      consent: { when: 'init', scopes: ['CHAT_SEND_MESSAGE_OAUTH'] },
      landing: { url: `${demo}/`, pages: { track: `${demo}/track` } },
    },
    endpoints: [{ url: hooks.url, events: ['*'] }],
    api_keys: [{ name: 'server', scopes: ['*'] }],
  });
  secret = endpoints[0]?.secret ?? '';
  say('cli provision', 'done', performance.now() - startedAt);
  await startProgram({
    command: [process.execPath, path.join(PROJECT_FOLDER, 'examples/shipping/server.js')],
    env: { PEYVAND_URL: gateway, PEYVAND_API_KEY: keys[0]?.key ?? '', PORT: String(port) },
    readyText: 'shipping:',
  });
  return { slug, hooks, eventsUrl: app.urls.events, identificationKey: app.identification_key };
}

const HOPS: readonly [path: RegExp, hop: string][] = [
  [/^\/webview\//, 'web view opens'],
  [/^\/s\//, 'handle'],
  [/^\/oauth(2\/auth)?$/, 'consent page'],
  [/\/decision$/, 'user agrees'],
  [/^\/oauth\/[^/]+\/callback$/, 'consent, landing'],
  [/^\/(track)?$/, 'tenant exchanges'],
  [/^\/orders$/, 'tenant sends'],
  [/^\/r\//, 'return'],
  [/^\/completion$/, 'back at Divar'],
];

async function call<Reply>(url: string, body?: object): Promise<Reply> {
  const reply = await fetch(url, {
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    ...(body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const answer = await reply.text();
  expect(reply.ok, `${new URL(url).pathname} answered ${reply.status}: ${answer.slice(0, 500)}`);
  return JSON.parse(answer);
}

async function until(isTrue: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isTrue())) {
    expect(performance.now() < deadline, `not within ${PATIENCE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function expect(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}

function sayWith(generation: string): Say {
  return (hop, status, durationMs, what = '') => {
    const columns = [
      generation.padEnd(2),
      hop.padEnd(18),
      String(status).padEnd(5),
      durationMs.toFixed(0).padStart(6),
    ];
    process.stdout.write(`${columns.join('  ')} ms  ${what}`.trimEnd().concat('\n'));
  };
}

async function end(): Promise<void> {
  await stopAllPrograms();
  for (const ending of endings.splice(0).reverse()) await ending();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void end().finally(() => process.exit(1)));

try {
  await main();
  process.stdout.write('smoke: the whole visit works, in both generations\n');
} catch (error) {
  process.stdout.write(`smoke FAILED: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await end();
}

/** The calls of the connection checks. Each is bounded by a deadline; nothing of what is sent or answered is kept but numbers. */
import type { DivarOauth } from '../divar/oauth.ts';
import { presentEvent } from '../events/events.ts';
import { exampleData } from '../events/examples.ts';
import { CHECK_HEADER } from '../http/divar-route.ts';
import {
  type Call,
  CallError,
  type CallReply,
  type CallRequest,
  type Clock,
  type NewId,
  type RandomBytes,
} from '../ports.ts';
import { appUrls, defaultLandingUrl, oauthRedirectUri } from '../tenants/provision.ts';
import type { App, AppDirectory, HostsOf } from '../tenants/tenants.ts';
import { signatureHeaders } from '../webhooks/signature.ts';
import {
  failed,
  forbidsFraming,
  judgeApiKey,
  judgeClientSecret,
  judgeInit,
  judgePage,
  judgeWebhook,
  shownAddress,
  skipped,
  warned,
  worstOf,
} from './judge.ts';
import { type CheckName, type CheckOutcome, type Exchange, testPostOf } from './setup.ts';

export interface CheckAppDeps {
  hostsOf: HostsOf;
  directory: Pick<AppDirectory, 'openSecret'>;
  oauth: Pick<DivarOauth, 'exchange'>;
  /** To Divar. */
  call: Call;
  /** To addresses that the tenant has given, and to our own. */
  guardedCall: Call;
  clock: Clock;
  newId: NewId;
  random: RandomBytes;
  publicUrl: string;
}

/** What a check needs to know, read before anything is called. */
export interface CheckSubject {
  app: App;
  testPost: string | null;
  identificationKey: string | undefined;
  endpoints: readonly { id: string; url: string; secrets: readonly string[] }[];
}

/** Of one call: more than any of those who wait for the answer would. */
const TIMEOUT_MS = 5000;
const MAX_BYTES = 256 * 1024;

/** One call of a check, and what came of it. */
type Attempt = (
  label: string,
  call: Call,
  request: Omit<CallRequest, 'timeoutMs' | 'maxBytes'>,
) => Promise<{ exchange: Exchange; reply: CallReply | undefined }>;

interface Kit extends CheckAppDeps {
  attempt: Attempt;
}
type Check = (kit: Kit, subject: CheckSubject) => Promise<CheckOutcome>;

/** Those that call somebody by themselves. */
const CHECKS = {
  api_key: checkApiKey,
  client_secret: checkClientSecret,
  init: checkInit,
  landing: checkLanding,
  webhook: checkWebhooks,
} satisfies Partial<Record<CheckName, Check>>;
export type CallingCheck = keyof typeof CHECKS;

export type CheckApp = ReturnType<typeof createCheckApp>;

export function createCheckApp(deps: CheckAppDeps) {
  const attempt = createAttempt(deps.clock);
  const kit = { ...deps, attempt };
  return {
    attempt,
    check: (name: CallingCheck, subject: CheckSubject) => CHECKS[name](kit, subject),
  };
}

function createAttempt(clock: Clock): Attempt {
  return async (label, call, request) => {
    const common = { label, method: request.method, address: shownAddress(request.url) };
    const begunMs = clock.now().getTime();
    try {
      const reply = await call({ ...request, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES });
      const { status, durationMs } = reply;
      return { exchange: { ...common, status, code: null, duration_ms: Math.round(durationMs) }, reply };
    } catch (cause) {
      if (!(cause instanceof CallError)) throw cause;
      // How long it took to be refused would tell what there is.
      const isRefused = cause.code === 'not_allowed' || cause.code === 'dns';
      const durationMs = isRefused ? null : clock.now().getTime() - begunMs;
      const exchange = { ...common, status: null, code: cause.code, duration_ms: durationMs };
      return { exchange, reply: undefined };
    }
  };
}

async function checkApiKey(kit: Kit, { app, testPost }: CheckSubject): Promise<CheckOutcome> {
  let key: string;
  try {
    key = kit.directory.openSecret(app, 'api_key');
  } catch {
    return { ...failed('api_key_missing'), exchanges: [] };
  }
  const post = testPostOf(app.environment, testPost) ?? UNKNOWN_POST;
  const { exchange } = await kit.attempt('post', kit.call, {
    method: 'GET',
    url: `${kit.hostsOf(app).apiUrl}/v1/open-platform/finder/post/${encodeURIComponent(post)}`,
    headers: { accept: 'application/json', 'x-api-key': key },
  });
  return { ...judgeApiKey(exchange), exchanges: [exchange] };
}

async function checkClientSecret(kit: Kit, { app }: CheckSubject): Promise<CheckOutcome> {
  const hosts = kit.hostsOf(app);
  const code = `peyvand-check-${kit.random(9).toString('base64url')}`;
  const begunMs = kit.clock.now().getTime();
  const redirectUri = oauthRedirectUri(kit.publicUrl, app.id);
  const outcome = await kit.oauth.exchange(app, { code, redirectUri });
  const exchange: Exchange = {
    label: 'token',
    method: 'POST',
    address:
      app.generation === 'v1'
        ? `${hosts.v1ApiUrl}/v1/open-platform/oauth/access_token`
        : `${hosts.oauthUrl}/oauth2/token`,
    status: outcome.ok ? 200 : outcome.status,
    code: outcome.ok ? null : outcome.code,
    duration_ms: kit.clock.now().getTime() - begunMs,
  };
  const isSent = outcome.ok || outcome.code !== 'no_secret';
  return { ...judgeClientSecret(outcome), exchanges: isSent ? [exchange] : [] };
}

/** Through our own address, as Divar does: what stands before the gateway is tried with it. */
async function checkInit(kit: Kit, { app, identificationKey = '' }: CheckSubject): Promise<CheckOutcome> {
  const ask = (label: string, key: string) =>
    kit.attempt(label, kit.guardedCall, {
      method: 'POST',
      url: appUrls(kit.publicUrl, app.id).init,
      headers: { 'content-type': 'application/json', authorization: key, [CHECK_HEADER]: '1' },
      body: JSON.stringify(app.generation === 'v1' ? V1_VISIT : V2_VISIT),
    });
  const right = await ask('right_key', identificationKey);
  const wrong = await ask('wrong_key', `wrong-${kit.random(9).toString('base64url')}`);
  const verdict = judgeInit({
    right: right.exchange,
    hasUrl: /"url":"https?:/.test(right.reply?.body.toString('utf8') ?? ''),
    wrong: wrong.exchange,
    isSuspended: app.suspended,
  });
  return { ...verdict, exchanges: [right.exchange, wrong.exchange] };
}

async function checkLanding(kit: Kit, { app }: CheckSubject): Promise<CheckOutcome> {
  if (app.landing.url === defaultLandingUrl(kit.publicUrl)) {
    // Somebody who only looks around has no page of his own.
    const judge = app.environment === 'sandbox' ? warned : failed;
    return { ...judge('landing_missing'), exchanges: [] };
  }
  const look = async (label: string, url: string) => {
    const headers = { 'user-agent': 'Peyvand-Check', accept: 'text/html' };
    const { exchange, reply } = await kit.attempt(label, kit.guardedCall, { method: 'GET', url, headers });
    const isClosed = reply !== undefined && forbidsFraming(reply.headers);
    return { exchange, verdict: judgePage({ ...exchange, forbidsFraming: isClosed }) };
  };
  const { url, stagingUrl } = app.landing;
  const looks = await Promise.all([
    look('landing', url),
    ...(stagingUrl === null ? [] : [look('staging', stagingUrl)]),
  ]);
  return {
    ...worstOf(looks.map(({ verdict }) => verdict)),
    exchanges: looks.map(({ exchange }) => exchange),
  };
}

async function checkWebhooks(kit: Kit, { app, endpoints }: CheckSubject): Promise<CheckOutcome> {
  if (endpoints.length === 0) return { ...skipped('no_endpoint'), exchanges: [] };
  const tell = async ({ id, url, secrets }: CheckSubject['endpoints'][number]) => {
    const now = kit.clock.now();
    const event = exampleEvent(app, kit.newId('evt'), now);
    const body = JSON.stringify(event);
    const { exchange } = await kit.attempt(id, kit.guardedCall, {
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        ...signatureHeaders(secrets, { id: event.id, now, body }),
      },
      body,
    });
    return exchange;
  };
  const exchanges = await Promise.all(endpoints.map(tell));
  return { ...worstOf(exchanges.map(judgeWebhook)), exchanges };
}

/** Divar knows the key before it looks for the post. */
const UNKNOWN_POST = 'peyvand-check';

/** Nobody's visit: the answer carries it, and it is stored nowhere. */
const V2_VISIT = { source: 'CHAT', user_side: 'SUPPLY', post_token: 'check', conversation_id: 'check' };
const V1_VISIT = {
  post_token: 'check',
  user_id: 'check',
  peer_id: 'check',
  supplier: { id: 'check' },
  callback_url: '',
};

/** As the endpoint would get a real one, and marked as an example; it stands in no log. */
function exampleEvent(app: App, id: string, now: Date) {
  const type = 'chat.message.received' as const;
  return presentEvent({
    ...{ tenantId: app.tenantId, id, appId: app.id, type, conversationId: null, position: 0 },
    ...{ sequence: null, simulated: true, createdAt: now },
    payload: { data: exampleData(type), rawText: null },
  });
}

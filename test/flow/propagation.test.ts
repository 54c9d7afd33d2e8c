/** Several processes on one database: what is changed beside them takes effect in all of them, and nobody waits for it. */
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { codeOf, createBrowser } from '../consent/setup.ts';
import { provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from '../helpers/database.ts';
import { eventually, type Gateway, runCli, SECRET_KEYS, startGateway } from '../helpers/gateway.ts';
import { loopbackFake } from '../helpers/http.ts';
import { sharedByFile } from './shared.ts';
import { createApi, postInit } from './visitor.ts';

const NEXT_KEY = `next:${randomBytes(32).toString('base64')}`;

/** Two processes in the middle of a rotation of `SECRET_KEYS`: each seals with the key that the other only opens. */
async function setup(t: Teardown) {
  const database = await createTestDatabase(t);
  const landing = await loopbackFake(t);
  const first = await startGateway(t, {
    databaseUrl: database.url,
    env: { SECRET_KEYS: `${SECRET_KEYS},${NEXT_KEY}` },
  });
  const second = await startGateway(t, {
    databaseUrl: database.url,
    env: { SECRET_KEYS: `${NEXT_KEY},${SECRET_KEYS}`, PUBLIC_URL: first.url },
  });
  return { ...database, landingUrl: landing.url, gateways: [first, second] as const };
}

const sharedWorld = sharedByFile(setup);
type World = Awaited<ReturnType<typeof setup>>;

/** An app that no other test touches. */
async function makeApp(world: World, name: string, given: { divar?: object; landing?: object } = {}) {
  const made = await provision(world, {
    tenant: { external_id: name },
    app: { external_id: `${name}-live` },
    divar: { identification_key: `idk_${name}`, ...given.divar },
    landing: { url: `${world.landingUrl}/`, ...given.landing },
  });
  return {
    tenantId: made.tenant.id,
    appId: made.app.id,
    key: `idk_${name}`,
    apiKey: made.api_keys[0]?.key ?? '',
  };
}

const initAt = ({ url }: Gateway, { appId, key }: { appId: string; key: string }) =>
  postInit({ url, appId, key }, { source: 'CHAT' });

function everywhere(
  { gateways }: World,
  what: string,
  isSo: (gateway: Gateway) => Promise<boolean>,
): Promise<boolean> {
  return eventually(what, async () => (await Promise.all(gateways.map(isSo))).every(Boolean));
}

async function awaitStatus(world: World, app: { appId: string; key: string }, wanted: number): Promise<void> {
  await everywhere(world, `init answers ${wanted}`, async (gateway) => {
    const { status } = await initAt(gateway, app);
    return status === wanted;
  });
}

test.serial('an app that is provisioned beside running processes works in all of them', async (t) => {
  const world = await sharedWorld();
  const app = await makeApp(world, 'fresh');
  await awaitStatus(world, app, 200);
  for (const { url } of world.gateways)
    t.is((await createApi(url, app.apiKey)('GET', '/v1/app')).body.id, app.appId);
});

test.serial('a visit goes from process to process, whichever key seals in them', async (t) => {
  const world = await sharedWorld();
  const app = await makeApp(world, 'wanderer');
  await awaitStatus(world, app, 200);
  for (const [here, there] of [world.gateways, [...world.gateways].reverse()] as Gateway[][]) {
    if (!here || !there) throw new Error('two gateways');
    const browser = createBrowser();
    const { body } = await initAt(here, app);
    const path = new URL(body.url).pathname;
    t.is(new URL((await browser.get(there.url + path)).location).pathname, path);
    const landed = await browser.get(here.url + path);
    t.is(landed.status, 303);
    const stranger = createBrowser();
    await stranger.get(here.url + path);
    t.is((await stranger.get(there.url + path)).status, 410);
    const exchange = { code: codeOf(landed) };
    const replies = await Promise.all(
      [here, there].map(({ url }) => createApi(url, app.apiKey)('POST', '/v1/sessions/exchange', exchange)),
    );
    t.deepEqual(replies.map(({ status }) => status).sort(), [200, 410]);
    const token = replies.find(({ status }) => status === 200)?.body.session_token;
    t.is(token.split('.').length, 3);
    const keySets = await Promise.all(
      world.gateways.map(async ({ url }) => (await fetch(`${url}/.well-known/jwks.json`)).json()),
    );
    t.deepEqual(keySets[0], keySets[1]);
  }
});

test.serial('a suspended tenant is out everywhere, and back everywhere', async (t) => {
  const world = await sharedWorld();
  const app = await makeApp(world, 'suspended');
  const other = await makeApp(world, 'neighbour');
  for (const each of [app, other]) await awaitStatus(world, each, 200);
  const { body } = await initAt(world.gateways[0], app);

  await runCli(world.url, ['tenant', 'suspend', app.tenantId]);
  await awaitStatus(world, app, 401);
  for (const { url } of world.gateways) {
    const refused = await createApi(url, app.apiKey)('GET', '/v1/app');
    t.is(refused.status, 403);
    t.is(refused.body.code, 'tenant_suspended');
    t.is((await createBrowser().get(`${url}/f/${app.appId}`)).status, 404);
  }
  const browser = createBrowser();
  t.is((await browser.open(body.url)).status, 403);
  await awaitStatus(world, other, 200);

  await runCli(world.url, ['tenant', 'resume', app.tenantId]);
  await awaitStatus(world, app, 200);
  t.is((await browser.open(body.url)).status, 303);
});

test.serial('an identification key is rotated while Divar calls, and no call is refused', async (t) => {
  const world = await sharedWorld();
  const app = await makeApp(world, 'rotating');
  const next = { ...app, key: 'idk_rotating_next' };
  await awaitStatus(world, app, 200);

  let isOver = false;
  const seen = new Set<number>();
  const callers = world.gateways.map(async (gateway) => {
    while (!isOver) seen.add((await initAt(gateway, app)).status);
  });
  await makeApp(world, 'rotating', { divar: { identification_key: next.key } });
  await awaitStatus(world, next, 200);
  isOver = true;
  await Promise.all(callers);
  t.deepEqual([...seen], [200]);

  const { retired } = await runCli(world.url, ['app', 'retire-key', app.appId, 'identification_key']);
  t.true(retired);
  await awaitStatus(world, app, 401);
  await awaitStatus(world, next, 200);
});

test.serial('a revoked API key opens nothing anywhere, and the other keys go on', async (t) => {
  const world = await sharedWorld();
  const app = await makeApp(world, 'revoking');
  const again = await provision(world, {
    tenant: { external_id: 'revoking' },
    app: { external_id: 'revoking-live' },
    divar: { identification_key: app.key },
    api_keys: [{ name: 'second', scopes: ['*'] }],
  });
  const statusOf = async ({ url }: Gateway, key: string) =>
    (await createApi(url, key)('GET', '/v1/app')).status;
  const secondKey = again.api_keys[0]?.key ?? '';
  for (const key of [app.apiKey, secondKey])
    await everywhere(world, 'both keys work', async (gateway) => (await statusOf(gateway, key)) === 200);
  await queryAsOwner(
    world.ownerUrl,
    "update api_keys set revoked_at = now() where app_id = $1 and name = 'server'",
    [app.appId],
  );
  await everywhere(world, 'the key is out', async (gateway) => (await statusOf(gateway, app.apiKey)) === 401);
  for (const gateway of world.gateways) t.is(await statusOf(gateway, secondKey), 200);
});

test.serial('users land on the changed page', async (t) => {
  const world = await sharedWorld();
  const app = await makeApp(world, 'moving');
  await awaitStatus(world, app, 200);
  const { body } = await initAt(world.gateways[0], app);
  const browser = createBrowser();
  t.true((await browser.open(body.url)).location.startsWith(`${world.landingUrl}/?code=`));
  await makeApp(world, 'moving', { landing: { url: `${world.landingUrl}/moved?lang=fa` } });
  await everywhere(world, 'the new page', async (gateway) => {
    const { location } = await browser.get(gateway.url + new URL(body.url).pathname);
    return location.startsWith(`${world.landingUrl}/moved?lang=fa&code=`);
  });
  t.pass();
});

/** Tenants, people and a Divar that are made of planted strings, and a gateway between them. */
import { provision } from '../helpers/apps.ts';
import { createTestDatabase, type Teardown } from '../helpers/database.ts';
import { startGateway } from '../helpers/gateway.ts';
import { type FakeReply, loopbackFake, type RecordedRequest } from '../helpers/http.ts';
import { createPlants, type Plants } from './planted.ts';
import { createApi } from './visitor.ts';

type Generation = 'v1' | 'v2';
export type World = Awaited<ReturnType<typeof startPlantedWorld>>;

const SCOPES = {
  v1: ['USER_PHONE', 'CHAT_SEND_MESSAGE_OAUTH'],
  v2: ['USER_ID', 'USER_PHONE', 'offline_access', 'CONVERSATION_SEND_MESSAGE.{conversation_id}'],
};

/** A Divar that repeats every secret it is told whenever it refuses. */
function createDivar(plants: Plants, people: Record<Generation, Person>) {
  const answerToken = (request: RecordedRequest): FakeReply => {
    const isV1 = request.url.includes('open-platform');
    if (decodeURIComponent(request.body).includes('refuse'))
      return { status: 400, body: { error: 'invalid_grant', error_description: request.body } };
    const tokens = { access_token: plants.make('access_token'), refresh_token: plants.make('refresh_token') };
    return { body: isV1 ? { ...tokens, expires: 2_000_000_000 } : { ...tokens, expires_in: 3600 } };
  };
  const answerSend = ({ body, headers }: RecordedRequest): FakeReply => {
    const echo = { code: 3, message: `${body} ${JSON.stringify(headers)}` };
    if (body.includes('refuse')) return { status: 400, body: echo };
    if (body.includes('break')) return { status: 500, body: echo };
    return { body: { status: 200, message: 'success' } };
  };
  return (request: RecordedRequest): FakeReply => {
    if (/token$/.test(request.url)) return answerToken(request);
    if (!request.url.endsWith('/users')) return answerSend(request);
    const { phone, userId } = request.method === 'GET' ? people.v2 : people.v1;
    return { body: { phone_number: phone, user_id: request.method === 'GET' ? userId : undefined } };
  };
}

/** Who visits, and the chat of the visit. */
interface Person {
  userId: string;
  peerId: string;
  postToken: string;
  conversationId: string;
  phone: string;
}

function plantPerson(plants: Plants, generation: Generation, phone: string): Person {
  const personal = { isPersonal: true };
  plants.add(`phone of ${generation}`, phone, personal);
  return {
    userId: plants.make(`user_id ${generation}`, personal),
    peerId: plants.make(`peer_id ${generation}`, personal),
    postToken: plants.make(`post_token ${generation}`, personal),
    conversationId: plants.make(`conversation_id ${generation}`, personal),
    phone,
  };
}

export async function startPlantedWorld(t: Teardown) {
  const plants = createPlants();
  const people = {
    v1: plantPerson(plants, 'v1', '09127654321'),
    v2: plantPerson(plants, 'v2', '09121234567'),
  };
  const database = await createTestDatabase(t);
  const divar = await loopbackFake(t, createDivar(plants, people));
  // Its webhooks fail, and their answers repeat what they were told.
  const landing = await loopbackFake(t, ({ url, body, headers }) =>
    url === '/hooks' ? { status: 500, body: body + JSON.stringify(headers) } : {},
  );
  const made = {
    v1: await provisionPlanted(database, plants, landing.url, 'v1'),
    v2: await provisionPlanted(database, plants, landing.url, 'v2'),
  };
  const hosts = ['API', 'OAUTH', 'UPLOAD', 'V1_API', 'V1_OAUTH'].map((name) => [
    `DIVAR_${name}_URL`,
    divar.url,
  ]);
  const gateway = await startGateway(t, {
    databaseUrl: database.url,
    env: { ...Object.fromEntries(hosts), DIVAR_TIMEOUT_MS: '5000', LOG_LEVEL: 'debug' },
  });
  const appOf = (generation: Generation) => ({
    generation,
    ...made[generation],
    api: createApi(gateway.url, made[generation].apiKey),
    person: people[generation],
  });
  /** Every answer that was an error, as it came. */
  const refusals: string[] = [];
  return {
    gateway,
    plants,
    divar,
    refusals,
    ownerUrl: database.ownerUrl,
    apps: { v1: appOf('v1'), v2: appOf('v2') },
  };
}

async function provisionPlanted(
  database: Parameters<typeof provision>[0],
  plants: Plants,
  landingUrl: string,
  generation: Generation,
) {
  const phone = generation === 'v1' ? '09131112233' : '09132223344';
  plants.add('phone of a test user', phone, { isPersonal: true });
  const testUser = plants.make('test_user', { isPersonal: true });
  const ask = (keys: { identification_key: string; api_key: string; client_secret: string }) =>
    provision(database, {
      tenant: { external_id: `shop-${generation}` },
      app: {
        external_id: `shop-${generation}-live`,
        generation,
        consent: { when: 'init', scopes: SCOPES[generation] },
      },
      divar: keys,
      landing: {
        url: `${landingUrl}/`,
        staging_url: `${landingUrl}/staging`,
        test_users: [{ divar_user_id: testUser }, { phone }],
        pages: { track: `${landingUrl}/track` },
      },
      endpoints: [{ url: `${landingUrl}/hooks` }],
    });
  const makeKeys = () => ({
    identification_key: plants.make('identification_key'),
    api_key: plants.make('divar_api_key'),
    client_secret: plants.make('client_secret'),
  });
  const made = await ask(makeKeys());
  // Rotated once, so that the second slot holds secrets too.
  const keys = makeKeys();
  await ask(keys);
  plants.add('API key', made.api_keys[0]?.key);
  plants.add('endpoint secret', made.endpoints[0]?.secret);
  plants.add('action secret', made.app.action_secret);
  return { appId: made.app.id, key: keys.identification_key, apiKey: made.api_keys[0]?.key ?? '' };
}

export type AppUnderTest = World['apps']['v1'];

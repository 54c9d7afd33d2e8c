/** The media room on HTTP, against the simulator as Divar, and a web server that holds files. */
import { createUploadClient } from '../../src/divar/media.ts';
import { createRateLimit } from '../../src/http/rate-limit.ts';
import { createHttpApp } from '../../src/http/server.ts';
import { createMediaRoutes } from '../../src/media/routes.ts';
import { createMediaStore } from '../../src/media/store.ts';
import { createAddressGuard } from '../../src/platform/address-guard.ts';
import { createCall } from '../../src/platform/call.ts';
import { systemClock } from '../../src/platform/ids.ts';
import { createTenantStore } from '../../src/tenants/store.ts';
import { openDirectory, provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner, type Teardown } from '../helpers/database.ts';
import { testNewId, testSeal } from '../helpers/fakes.ts';
import { startServer } from '../helpers/http.ts';
import { silentLog } from '../helpers/log.ts';

export type Body = FormData | string;

export interface UploadRequest {
  host: 'token' | 'upload';
  path: string;
  headers: Record<string, string | string[] | undefined>;
  filename: string | null;
  bytes: Buffer;
}

/** A strict Divar for uploads. `answer` replaces what it would say. */
export async function startFakeUploads(t: Teardown) {
  const requests: UploadRequest[] = [];
  const fake = {
    requests,
    answer: (_: UploadRequest): { status: number; body: string } | undefined => undefined,
    url: '',
  };
  const server = await startServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    const host = path.startsWith('/upload/') ? ('upload' as const) : ('token' as const);
    const file =
      host === 'upload' ? await readForm(request.headers['content-type'] ?? '', chunks) : undefined;
    const seen: UploadRequest = {
      host,
      path,
      headers: request.headers,
      filename: file?.name ?? null,
      bytes: Buffer.from(new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer(0))),
    };
    requests.push(seen);
    const ok = host === 'token' ? { token: 'dXBsb2Fk' } : { id: `mt_${requests.length}`, status: 'ok' };
    const { status, body } = fake.answer(seen) ?? { status: 200, body: JSON.stringify(ok) };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  t.teardown(() => server.close());
  fake.url = server.url;
  return fake;
}

async function readForm(contentType: string, chunks: Buffer[]): Promise<File | undefined> {
  const body = new Uint8Array(Buffer.concat(chunks));
  const form = await new Response(body, { headers: { 'content-type': contentType } }).formData();
  const file = form.get('file');
  return file instanceof File ? file : undefined;
}

export async function openMediaRoom(t: Teardown, { app: wanted = {} }: { app?: object } = {}) {
  const database = await createTestDatabase(t);
  const { db, ownerUrl } = database;
  const divar = await startFakeUploads(t);
  const made = await provision(database, { app: wanted });
  const other = await provision(database, {
    tenant: { external_id: 'shop-2', name: 'دو' },
    app: { external_id: 'shop-2-live' },
    divar: { slug: 'other-slug' },
  });
  const directory = await openDirectory(db);
  const seal = testSeal();
  const hosts = {
    apiUrl: divar.url,
    uploadUrl: divar.url,
    oauthUrl: divar.url,
    v1ApiUrl: divar.url,
    v1OauthUrl: divar.url,
    completionUrl: divar.url,
  };
  const call = createCall();
  // 127.0.0.2 is a place of the tenant's, 127.0.0.1 is inside.
  const guard = createAddressGuard({ egressAllow: ['127.0.0.2/32'], publicUrl: 'http://localhost:3000' });
  const guardedCall = createCall({ guard });
  t.teardown(() => Promise.all([call.close(), guardedCall.close()]).then(() => undefined));
  const media = createMediaStore({ seal });
  const tenants = createTenantStore({ seal });
  const newId = testNewId(systemClock);
  const log = silentLog();
  const http = createHttpApp({
    routes: createMediaRoutes({
      media,
      uploads: createUploadClient({ call, hostsOf: () => hosts, directory, timeoutMs: 2000 }),
      call: guardedCall,
      isAllowedUrl: (url) => new URL(url).hostname === '127.0.0.2',
      newId,
    }),
    directory,
    authenticate: {
      findApiKey: (hash) => tenants.findApiKey(db, hash),
      verifySessionToken: async () => undefined,
    },
    db,
    seal,
    clock: systemClock,
    newId,
    log,
    rateLimit: createRateLimit(),
    publicUrl: 'http://localhost:3000',
    trustedProxies: [],
    isReady: () => true,
  });
  const server = await startServer(http.callback);
  t.teardown(() => server.close());
  const apiKey = made.api_keys[0]?.key ?? '';

  const ask = async (method: string, path: string, body?: Body, headers: Record<string, string> = {}) => {
    const response = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects and fails otherwise
    return { status: response.status, headers: response.headers, body: (await response.json()) as any };
  };

  return {
    divar,
    url: server.url,
    apiKey,
    otherKey: other.api_keys[0]?.key ?? '',
    ask,
    post: (body: Body, headers: Record<string, string> = {}) => ask('POST', '/v1/media', body, headers),
    postUrl: (url: string) =>
      ask('POST', '/v1/media', JSON.stringify({ url }), { 'content-type': 'application/json' }),
    owner: <Row>(sql: string) => queryAsOwner<Row>(ownerUrl, sql),
  };
}

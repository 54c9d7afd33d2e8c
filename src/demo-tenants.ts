/**
 * The example page for sandbox apps of whoever signs up on this machine. Each tenant gets a page with an API key of its own,
 * made when its first user lands, so that the page sees nothing of anybody else. Which tenant a browser has come for stands
 * in the landing address, and after it in a cookie.
 */
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Db, NewId, RandomBytes } from './ports.ts';
import { makeApiKey, randomBase62 } from './tenants/made-secrets.ts';
import type { TenantStore } from './tenants/store.ts';

interface Deps {
  db: Pick<Db, 'tenant'>;
  store: TenantStore;
  newId: NewId;
  random: RandomBytes;
  /** Keys are told once, so the page keeps its own. */
  file: string;
  /** Of the demo tenant. */
  own: RequestListener;
  pageFor(apiKey: string): RequestListener;
}

const COOKIE = 'demo_for';
const TENANT = /^ten_[0-9a-z]{26}$/;
const APP = /^[A-Za-z0-9_.-]{1,256}$/;

export function createTenantPages(deps: Deps): RequestListener {
  const pages = new Map<string, Promise<RequestListener | undefined>>();
  const open = (name: string) => {
    const known = pages.get(name) ?? openPage(deps, name);
    pages.set(name, known);
    // What could not be opened now may be there later.
    known.then(
      (page) => page ?? pages.delete(name),
      () => pages.delete(name),
    );
    return known;
  };

  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    const { isLanding, name } = tenantOf(req);
    if (isLanding) res.appendHeader('Set-Cookie', `${COOKIE}=${name}; Path=/; HttpOnly; SameSite=Lax`);
    const page = name === '' ? deps.own : ((await open(name)) ?? deps.own);
    page(req, res);
  };

  return (req, res) => {
    answer(req, res).catch(() => {
      res.statusCode = 503;
      res.end();
    });
  };
}

/** `ten_1/sandbox`; empty: the demo tenant. */
function tenantOf(req: IncomingMessage): { isLanding: boolean; name: string } {
  const query = new URL(req.url ?? '/', 'http://demo').searchParams;
  const [tenant = '', app = ''] = [query.get('tenant') ?? '', query.get('app') ?? ''];
  if (TENANT.test(tenant) && APP.test(app)) return { isLanding: true, name: `${tenant}/${app}` };
  if (query.has('code')) return { isLanding: true, name: '' };
  const [, name = ''] = new RegExp(`(?:^|; )${COOKIE}=([^;]*)`).exec(req.headers.cookie ?? '') ?? [];
  return { isLanding: false, name: isName(name) ? name : '' };
}

function isName(name: string): boolean {
  const [tenant = '', app = ''] = name.split('/');
  return TENANT.test(tenant) && APP.test(app);
}

async function openPage(deps: Deps, name: string): Promise<RequestListener | undefined> {
  const kept = await readKeys(deps.file);
  const apiKey = kept[name] ?? (await makeKey(deps, name));
  if (apiKey === undefined) return undefined;
  if (kept[name] === undefined)
    await writeFile(deps.file, JSON.stringify({ ...(await readKeys(deps.file)), [name]: apiKey }), {
      mode: 0o600,
    });
  return deps.pageFor(apiKey);
}

/** Undefined unless it is a sandbox app. */
async function makeKey({ db, store, newId, random }: Deps, name: string): Promise<string | undefined> {
  const [tenantId = '', externalId = ''] = name.split('/');
  return await db.tenant(tenantId, async (tx) => {
    const app = (await store.listApps(tx)).find((one) => one.externalId === externalId);
    if (app?.environment !== 'sandbox') return undefined;
    const { key, prefix } = makeApiKey(random, 'sandbox');
    const keyName = `demo-page-${randomBase62(random, 6)}`;
    await store.insertApiKey(tx, {
      id: newId('key'),
      appId: app.id,
      name: keyName,
      key,
      prefix,
      scopes: ['*'],
    });
    return key;
  });
}

async function readKeys(file: string): Promise<Record<string, string>> {
  return readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Record<string, string>,
    () => ({}),
  );
}

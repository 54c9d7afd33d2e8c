/** The tenants' servers: one that works for each, and beside some of them one of each kind that does not. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import type { Teardown } from '../helpers/database.ts';
import { startServer } from '../helpers/http.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a tenant reads out of JSON
type Json = any;

export interface Receivers {
  url: string;
  /** The addresses of tenant `index`: a good one, and for the first few a bad one. */
  endpointsOf(slug: string, index: number): string[];
  setSecret(slug: string, secret: string): void;
  /** By tenant: webhook id -> what was told first under it. */
  told: Map<string, Map<string, Json>>;
  wrongs: { signature: number; tenant: number; changed: number };
}

type Vice = (response: ServerResponse) => unknown;

const VICES: Record<string, Vice> = {
  fails: (response) => response.writeHead(500).end(),
  hangs: () => undefined,
  floods: (response) => {
    response.writeHead(200);
    const flood = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) {}
    };
    response.on('drain', flood);
    flood();
  },
  resets: (response) => response.destroy(),
  redirects: (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
};

export async function startReceivers(t: Teardown): Promise<Receivers> {
  const told: Receivers['told'] = new Map();
  const wrongs = { signature: 0, tenant: 0, changed: 0 };
  const verifiers = new Map<string, Webhook>();

  const take = (slug: string, { headers }: IncomingMessage, body: string) => {
    try {
      verifiers.get(slug)?.verify(body, headers as Record<string, string>);
    } catch {
      wrongs.signature += 1;
    }
    // Everything that concerns a tenant carries its name, and nothing carries another's.
    if (/shop-\d+/g.exec(body.replaceAll(`${slug}~`, ''))) wrongs.tenant += 1;
    const events = told.get(slug) ?? new Map();
    told.set(slug, events);
    const id = String(headers['webhook-id']);
    const event = JSON.parse(body);
    const before = events.get(id);
    if (before === undefined) events.set(id, event);
    else if (JSON.stringify(before.data) !== JSON.stringify(event.data)) wrongs.changed += 1;
  };

  const server = await startServer((request, response) => {
    const [, kind = '', slug = ''] = (request.url ?? '').split('/');
    const chunks: Buffer[] = [];
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (kind !== 'good') return VICES[kind]?.(response);
      take(slug, request, Buffer.concat(chunks).toString('utf8'));
      return response.writeHead(204).end();
    });
  });
  t.teardown(() => server.close());

  const vices = Object.keys(VICES);
  return {
    url: server.url,
    endpointsOf: (slug, index) => {
      const vice = vices[index];
      const dead = index === vices.length ? ['http://127.0.0.1:9/dead'] : [];
      return [
        `${server.url}/good/${slug}`,
        ...(vice === undefined ? dead : [`${server.url}/${vice}/${slug}`]),
      ];
    },
    setSecret: (slug, secret) => verifiers.set(slug, new Webhook(secret)),
    told,
    wrongs,
  };
}

/** A tenant's webhook endpoint: keeps what arrives when its signature is right. @see https://www.standardwebhooks.com/ */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface ToldEvent {
  id: string;
  type: string;
}

export interface Hooks {
  url: string;
  told: ToldEvent[];
  close(): void;
}

/** `secretOf` is asked with each delivery: the secret is known only after the endpoint was provisioned. */
export async function openHooks(port: number, secretOf: () => string): Promise<Hooks> {
  const told: ToldEvent[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const isOurs = isSigned(request.headers, body, secretOf());
    if (isOurs) told.push(JSON.parse(body.toString('utf8')) as ToldEvent);
    response.writeHead(isOurs ? 204 : 401).end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    told,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function isSigned(headers: IncomingHttpHeaders, body: Buffer, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.`;
  const expected = Buffer.from(
    `v1,${createHmac('sha256', key).update(signed).update(body).digest('base64')}`,
  );
  return String(headers['webhook-signature'])
    .split(' ')
    .map((signature) => Buffer.from(signature))
    .some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected));
}

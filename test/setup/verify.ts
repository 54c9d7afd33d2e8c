import { Webhook } from 'standardwebhooks';
import type { CallRequest } from '../../src/ports.ts';

/** What the endpoint was told, if its signature is right. Throws otherwise. */
export function verifyStandardWebhook(
  secret: string,
  request: CallRequest | undefined,
): { simulated: boolean } {
  return new Webhook(secret).verify(String(request?.body), request?.headers ?? {}) as { simulated: boolean };
}

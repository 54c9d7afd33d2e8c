/** Signs what goes out, by the Standard Webhooks scheme: HMAC-SHA256 over the id, the time and the exact bytes.
 *  @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

export interface SignedMessage {
  id: string;
  /** Fresh for every try: a receiver refuses old ones. */
  now: Date;
  body: string;
}

/** One signature for every secret that is valid, so that a receiver may change over at any time. */
export function signatureHeaders(
  secrets: readonly string[],
  { id, now, body }: SignedMessage,
): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const sign = (secret: string) => {
    const key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  };
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map(sign).join(' '),
  };
}

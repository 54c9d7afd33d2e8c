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

/** What stands beside the body; `signature` as it was made. */
export function namedHeaders(id: string, sentAt: Date, signature: string): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': timestampOf(sentAt),
    'webhook-signature': signature,
  };
}

/** One signature for every secret that is valid, so that a receiver may change over at any time. */
export function signatureHeaders(
  secrets: readonly string[],
  { id, now, body }: SignedMessage,
): Record<string, string> {
  const sign = (secret: string) => {
    const key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
    return `v1,${createHmac('sha256', key)
      .update(`${id}.${timestampOf(now)}.${body}`)
      .digest('base64')}`;
  };
  return namedHeaders(id, now, secrets.map(sign).join(' '));
}

function timestampOf(instant: Date): string {
  return String(Math.floor(instant.getTime() / 1000));
}

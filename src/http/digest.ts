/** Digests of random secrets (API keys, codes, states, cookies, references), and their comparison. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** For secrets with at least 128 random bits only: whatever a person could guess goes through a `BlindIndex`. */
export function sha256Base64url(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** Takes the same time wherever the two differ; only their lengths may show. */
export function constantTimeEqual(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

import { useMemo } from 'react';
import type { MessageKey } from '../i18n/fa.ts';

const MINUTE_MS = 60_000;
const RANGES = {
  '1h': { name: 'lastHour', ms: 60 * MINUTE_MS },
  '24h': { name: 'last24Hours', ms: 24 * 60 * MINUTE_MS },
  '7d': { name: 'last7Days', ms: 7 * 24 * 60 * MINUTE_MS },
} as const satisfies Record<string, { name: MessageKey; ms: number }>;

export const TIME_RANGES = Object.entries(RANGES).map(([range, { name }]) => [range, name] as const);

/** `from` of a range that ends now. It stands still until another one is chosen: a list does not lose its tail meanwhile. */
export function useFrom(range: string): string | undefined {
  return useMemo(() => {
    const ms = (RANGES as Record<string, { ms: number }>)[range]?.ms;
    return ms === undefined ? undefined : new Date(Date.now() - ms).toISOString();
  }, [range]);
}

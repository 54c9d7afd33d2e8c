/** What strangers may do: answers under /v1 that belong to no app (wrong keys, wrong addresses) are counted per network. */
import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../ports.ts';
import { type ClientAddress, networkOf } from './client-address.ts';
import type { RateLimit, RateState } from './rate-limit.ts';

/** A shop that mistypes its key notices long before; a search for keys gets nowhere at this pace (256 random bits). */
const STRANGER_REQUESTS_PER_MINUTE = 6000;
const REMEMBERED_NETWORK_COUNT = 10_000;

export type NetworkLimit = ReturnType<typeof createNetworkLimit>;

export function createNetworkLimit(deps: {
  rateLimit: RateLimit;
  clientAddress: ClientAddress;
  clock: Clock;
}) {
  const { rateLimit, clientAddress, clock } = deps;
  const spentUntilMs = new LRUCache<string, number>({ max: REMEMBERED_NETWORK_COUNT });
  const of = (req: IncomingMessage) => networkOf(clientAddress(req));

  return {
    count: async (req: IncomingMessage): Promise<RateState> => {
      const network = of(req);
      const state = await rateLimit.take(`network/${network}`, STRANGER_REQUESTS_PER_MINUTE);
      if (state.isExceeded) spentUntilMs.set(network, clock.now().getTime() + state.resetSeconds * 1000);
      return state;
    },
    /** Then no look-up is made on its behalf: what is not known already is refused. */
    isSpent: (req: IncomingMessage): boolean => {
      if (spentUntilMs.size === 0) return false;
      const until = spentUntilMs.get(of(req));
      return until !== undefined && until > clock.now().getTime();
    },
  };
}

/** Requests per minute, counted in fixed windows; in Redis when there is one, so that several processes share a limit.
 *  Without an answer from Redis each process counts for itself: a limit is never skipped, only wider for a while. */
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { Problem } from '../errors.ts';

const WINDOW_SECONDS = 60;

export interface RateState {
  limitCount: number;
  remainingCount: number;
  resetSeconds: number;
  isExceeded: boolean;
}

export interface RateLimit {
  /** Counts one request of `bucket`, refused ones included. */
  take(bucket: string, limitCount: number): Promise<RateState>;
}

/** `redis`: an ioredis client with a `commandTimeout`, so that a slow Redis is a missing one. */
export function createRateLimit({ redis }: { redis?: object | undefined } = {}): RateLimit {
  const memory = new RateLimiterMemory({ keyPrefix: 'rate', points: 1, duration: WINDOW_SECONDS });
  const limiter =
    redis === undefined
      ? memory
      : new RateLimiterRedis({
          storeClient: redis,
          keyPrefix: 'rate',
          points: 1,
          duration: WINDOW_SECONDS,
          rejectIfRedisNotReady: true,
          insuranceLimiter: memory,
        });
  return {
    take: async (bucket, limitCount) => {
      // `penalty` only counts; the limits differ per app, so the comparison is ours.
      const { consumedPoints, msBeforeNext } = await limiter.penalty(bucket, 1);
      return rateState(limitCount, consumedPoints, msBeforeNext);
    },
  };
}

export function rateState(limitCount: number, consumedCount: number, msBeforeNext: number): RateState {
  return {
    limitCount,
    remainingCount: Math.max(0, limitCount - consumedCount),
    resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)),
    isExceeded: consumedCount > limitCount,
  };
}

/** Names and values in turn. */
export function rateHeaders({ limitCount, remainingCount, resetSeconds }: RateState): string[] {
  return [
    'RateLimit-Limit',
    String(limitCount),
    'RateLimit-Remaining',
    String(remainingCount),
    'RateLimit-Reset',
    String(resetSeconds),
  ];
}

export function rateProblem(state: RateState): Problem {
  return new Problem('rate_limited', {
    detail: `At most ${state.limitCount} requests a minute`,
    retryAfterSeconds: state.resetSeconds,
  });
}

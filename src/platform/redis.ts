/** One connection to Redis, for what may be lost: limits and wake-ups. */
import { Redis } from 'ioredis';
import type { Log } from '../ports.ts';

/** A slow Redis is a missing one: the caller goes on without it. */
const COMMAND_TIMEOUT_MS = 200;
const CONNECT_TIMEOUT_MS = 2000;
const RECONNECT_MAX_MS = 2000;

/** Connects in the background and again whenever it is lost; until then commands fail at once. */
export function createRedis({ url, log }: { url: string; log: Log }): Redis {
  const redis = new Redis(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: reconnectAfterMs,
  });
  let isAway = false;
  redis.on('ready', () => {
    if (isAway) log.info({}, 'Redis is back');
    isAway = false;
  });
  // Said at each try; logged once. Without a listener ioredis prints it.
  redis.on('error', (err) => {
    if (!isAway) log.warn({ err }, 'Redis does not answer: limits and wake-ups are this process alone');
    isAway = true;
  });
  return redis;
}

export function reconnectAfterMs(tries: number): number {
  return Math.min(tries * 100, RECONNECT_MAX_MS);
}

/** Wake-ups: inside this process at once, to the others through Redis when there is one. */
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import type { Log, Signals } from '../ports.ts';
import { reconnectAfterMs } from './redis.ts';

const CHANNEL = 'peyvand:signals';

interface Sent {
  from: string;
  topic: string;
  payload: string;
}

/** `redis`: the shared connection of the process; closing the signals leaves it open. Losing Redis loses wake-ups only:
 *  those who listen also look by themselves. */
export function createSignals({ redis, log }: { redis?: Redis | undefined; log: Log }): Signals {
  const self = randomUUID();
  const listeners = new EventEmitter().setMaxListeners(0);
  const subscriber =
    redis &&
    createSubscriber(redis, (sent) => {
      if (sent.from !== self) deliver(sent.topic, sent.payload);
    });

  function deliver(topic: string, payload: string): void {
    for (const listener of listeners.listeners(`on ${topic}`)) {
      try {
        listener(payload);
      } catch (err) {
        log.error({ err, topic }, 'a listener of a signal failed');
      }
    }
  }

  return {
    publish(topic, payload = '') {
      deliver(topic, payload);
      redis
        ?.publish(CHANNEL, JSON.stringify({ from: self, topic, payload } satisfies Sent))
        .catch(() => undefined);
    },
    subscribe(topic, listener) {
      listeners.on(`on ${topic}`, listener);
      return () => void listeners.off(`on ${topic}`, listener);
    },
    async close() {
      listeners.removeAllListeners();
      subscriber?.disconnect();
    },
  };
}

/** A connection that listens can do nothing else, so it is one of its own; it comes back by itself and listens again. */
function createSubscriber(redis: Redis, hear: (sent: Sent) => void): Redis {
  const subscriber = redis.duplicate({
    commandTimeout: undefined,
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
    retryStrategy: reconnectAfterMs,
  });
  // The shared connection logs it.
  subscriber.on('error', () => undefined);
  subscriber.on('message', (_, text: string) => {
    const sent = parseSent(text);
    if (sent) hear(sent);
  });
  subscriber.subscribe(CHANNEL).catch(() => undefined);
  return subscriber;
}

/** Anybody who reaches Redis can write there. */
function parseSent(text: string): Sent | undefined {
  try {
    const { from, topic, payload } = JSON.parse(text) as Sent;
    return [from, topic, payload].every((part) => typeof part === 'string')
      ? { from, topic, payload }
      : undefined;
  } catch {
    return undefined;
  }
}

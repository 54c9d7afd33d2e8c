/** Real Redis for tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Teardown } from './database.ts';

export interface TestRedis {
  url: string;
  /** Ends the server as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
}

/** A server of one test, which it may kill; needs `redis-server` on the path. */
export async function startTestRedis(t: Teardown): Promise<TestRedis> {
  const port = await freePort();
  let server = await startRedisServer(port);
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  t.teardown(kill);
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    async start() {
      server = await startRedisServer(port);
    },
  };
}

/** Resolves when it answers. Nothing is written to disk. */
export async function startRedisServer(port: number) {
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', flags, { stdio: 'ignore' });
  await once(server, 'spawn');
  const client = new Redis({
    port,
    host: '127.0.0.1',
    lazyConnect: true,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
  });
  client.on('error', () => undefined);
  await client.ping();
  client.disconnect();
  return server;
}

/** Free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits for what another process or connection brings about; fails loudly instead of hanging. */
export async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (await isTrue()) return;
    await delay(10);
  }
  throw new Error(`waited in vain: ${what}`);
}

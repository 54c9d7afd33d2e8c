/** The load: session POSTs of Divar in both generations, over connections that stay. */
import { createHistogram } from 'node:perf_hooks';
import autocannon from 'autocannon';

export const CONNECTIONS = 50;

/** The chat of the second generation and a plain visit of the first, as Divar sends them. @see PROTOCOL 8.1 */
const BODIES = [
  {
    headers: { 'api-version': '2' },
    body: {
      completion_url: 'https://open-platform-redirect.divar.ir/completion',
      post_token: 'wZ_x9Qa7',
      conversation_id: '0b7c1f1e-5a2d-4c11-8d3a-7e9f00aa11bb',
      user_side: 'SUPPLY',
      source: 'CHAT',
      provider_data: {},
      user_id: '5Qu7XELa/t+tsYlR4U0Ij0lNNSCJPfWF/vm+xpPkxf4=',
    },
  },
  {
    headers: {},
    body: {
      callback_url: 'https://open-platform-redirect.divar.ir/completion',
      post_token: 'wZ_x9Qa7',
      user_id: '3f0b6a52-0c1e-4d7f-9a44-5b1a2c3d4e5f',
      peer_id: 'a1b2c3d4-1111-4222-8333-944455556666',
      supplier: { id: '3f0b6a52-0c1e-4d7f-9a44-5b1a2c3d4e5f' },
      demand: { id: 'a1b2c3d4-1111-4222-8333-944455556666' },
    },
  },
];

export interface Target {
  id: string;
  identificationKey: string;
}

export interface LoadFigures {
  answeredCount: number;
  /** Anything but a 200. */
  failedCount: number;
  seconds: number;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  generatorCpuMs: number;
}

/** Taps on the add-ons of `targets` in turn, both generations of each, for `seconds`. */
export async function tapFor(options: {
  port: number;
  targets: readonly Target[];
  seconds: number;
}): Promise<LoadFigures> {
  const requests = options.targets.flatMap(({ id, identificationKey }) =>
    BODIES.map(({ headers, body }) => ({
      method: 'POST' as const,
      path: `/i/${id}`,
      headers: { ...headers, 'content-type': 'application/json', authorization: identificationKey },
      body: JSON.stringify(body),
    })),
  );
  // autocannon rounds to whole milliseconds, which is too coarse here.
  const microseconds = createHistogram();
  const cpuBefore = process.cpuUsage();
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(
      {
        url: `http://127.0.0.1:${options.port}`,
        connections: CONNECTIONS,
        duration: options.seconds,
        requests,
      },
      (error, finished) => (error ? reject(error) : resolve(finished)),
    );
    run.on('response', (_client, status, _bytes, milliseconds) => {
      if (status === 200) microseconds.record(Math.max(1, Math.round(milliseconds * 1000)));
    });
  });
  const cpu = process.cpuUsage(cpuBefore);
  return {
    answeredCount: microseconds.count,
    failedCount: result.non2xx + result.errors + result.timeouts,
    seconds: result.duration,
    requestsPerSecond: microseconds.count / result.duration,
    p50Ms: microseconds.percentile(50) / 1000,
    p99Ms: microseconds.percentile(99) / 1000,
    generatorCpuMs: (cpu.user + cpu.system) / 1000,
  };
}

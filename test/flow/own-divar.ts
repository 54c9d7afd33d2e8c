/** The simulator in the test's own process: it outlives the gateway, tells what has just arrived, and can be made to wait. */
import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createSimulator } from '../../src/simulator/simulator.ts';
import type { Teardown } from '../helpers/database.ts';
import { startServer } from '../helpers/http.ts';
import { type Control, createControl } from './visitor.ts';

/** The calls of a gateway that a test may want to catch. */
const HOPS = {
  token: /^\/oauth2\/token$/,
  users: /^\/v1\/open-platform\/users$/,
  send: /^\/v2\/open-platform\/conversations\/[^/]+\/messages$/,
};
export type Hop = keyof typeof HOPS;

export interface OwnDivar {
  url: string;
  control: Control;
  /** Called as soon as such a request has arrived; it is answered when the promise resolves. */
  onHop: (hop: Hop) => Promise<void> | void;
}

export async function startOwnDivar(t: Teardown): Promise<OwnDivar> {
  const door: { listener: RequestListener } = { listener: () => undefined };
  const server = await startServer(async (request, response) => {
    const hop = (Object.keys(HOPS) as Hop[]).find((name) => HOPS[name].test(request.url ?? ''));
    if (hop !== undefined) await divar.onHop(hop);
    if (!request.destroyed) door.listener(request, response);
  });
  const simulator = createSimulator({
    clock: { now: () => Date.now() },
    random: randomBytes,
    publicUrl: server.url,
    fetch: globalThis.fetch,
  });
  door.listener = simulator.listener;
  t.teardown(async () => {
    await server.close();
    simulator.close();
  });
  const divar: OwnDivar = { url: server.url, control: createControl(server.url), onHop: () => undefined };
  return divar;
}

export interface Gate {
  /** Resolves when something waits in front of it. */
  arrived: Promise<void>;
  pass(): Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  const [arrived, arrive] = promise();
  const [opened, open] = promise();
  const pass = () => {
    arrive();
    return opened;
  };
  return { arrived, pass, open };
}

function promise(): [Promise<void>, () => void] {
  let settle = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return [settled, () => settle()];
}

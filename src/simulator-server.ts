/** Our own Divar on a port of its own: everybody reaches it over HTTP only, as the real one. */
import { createServer } from 'node:http';
import path from 'node:path';
import type { Config } from './config.ts';
import { systemRandom } from './platform/ids.ts';
import { createSimulator } from './simulator/simulator.ts';

export async function startSimulator({ simulatorUrl, simulatorPort, host, dataDir }: Config) {
  const simulator = createSimulator({
    clock: { now: () => Date.now() },
    random: systemRandom,
    publicUrl: simulatorUrl ?? `http://localhost:${simulatorPort}`,
    stateFile: path.join(dataDir, 'simulator.json'),
    fetch: globalThis.fetch,
  });
  const server = createServer(simulator.listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(simulatorPort, host, resolve);
  });
  return {
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      simulator.close();
    },
  };
}

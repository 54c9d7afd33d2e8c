import type { RequestListener } from 'node:http';
import { createAddonCaller } from './addon-call.ts';
import { createBotChats, createBotRoutes } from './bot-routes.ts';
import { createChat } from './chat.ts';
import { createCompletionRoutes } from './completion-routes.ts';
import { createControlRoutes } from './control-routes.ts';
import { createDesks } from './desk.ts';
import { createDeskRoutes } from './desk-routes.ts';
import { createEmitter } from './emit.ts';
import { createEventDialects, createEventRoutes } from './event-routes.ts';
import { createFaults } from './faults.ts';
import { createFollower } from './follow.ts';
import { createGrants } from './grants.ts';
import { createHappenings } from './happenings.ts';
import { createHopLog } from './hop-log.ts';
import { createMediaRoutes } from './media-routes.ts';
import { createConsent, createOauthRoutes } from './oauth-routes.ts';
import { createPageRoutes } from './page-routes.ts';
import { createSay } from './person-message.ts';
import { createReadRoutes } from './read-routes.ts';
import { createReceiverRoutes } from './receiver-routes.ts';
import { createRestAuth } from './rest-auth.ts';
import { createRevoke } from './revoke.ts';
import { createSendRoutes } from './send-routes.ts';
import { createListener } from './serve.ts';
import { openStateFile } from './state-file.ts';
import { createSubscriptionRoutes } from './subscription-routes.ts';
import { createTaps } from './tap.ts';
import type { Stage } from './world.ts';

export interface SimulatorDeps {
  /** Real time, milliseconds. The simulated clock is this one plus what testers have moved it by. */
  clock: { now(): number };
  random: (bytes: number) => Buffer;
  /** The origin add-ons and browsers reach this simulator at, without a slash at its end. */
  publicUrl: string;
  /** Keeps the state over restarts; absent: in memory. */
  stateFile?: string | undefined;
  /** How add-ons are called. */
  fetch: typeof globalThis.fetch;
}

export interface Simulator {
  listener: RequestListener;
  close(): void;
}

/** Our own Divar: every host of the real one on one origin, a chat page for people, a control API for tests. */
export const createSimulator = ({ clock, random, publicUrl, stateFile, fetch }: SimulatorDeps): Simulator => {
  const file = openStateFile(stateFile);
  const { world, changed } = file;
  const now = () => clock.now() + world.clockOffsetMs;
  const stage: Stage = { world, now, random, changed, publicUrl: publicUrl.replace(/\/$/, '') };

  const log = createHopLog();
  const faults = createFaults();
  const grants = createGrants(stage);
  const consent = createConsent({ world, grants });
  const auth = createRestAuth({ stage, grants });
  const callAddon = createAddonCaller({ log, now, clock, fetch });
  const dialects = createEventDialects();
  const emitter = createEmitter({ callAddon, faults, dialect: dialects.readFor });
  const happenings = createHappenings({ stage, emit: emitter.emit, dialect: dialects.readFor });
  const chat = createChat({ ...stage, said: happenings.said });
  const say = createSay({ stage, chat, log });
  const bots = createBotChats(stage);
  const revoke = createRevoke({ world, grants, happenings });
  const tap = createTaps({ stage, callAddon });
  const follow = createFollower({ stage, fetch });
  const desks = createDesks({ stage, log, faults, eventDialects: dialects });

  const server = createListener({
    routes: [
      ...createPageRoutes(stage),
      ...createOauthRoutes({ stage, grants, consent }),
      ...createReadRoutes({ stage, auth }),
      ...createSendRoutes({ stage, auth, chat }),
      ...createBotRoutes({ stage, auth, chat, bots }),
      ...createMediaRoutes({ stage, auth }),
      ...createSubscriptionRoutes({ stage, auth }),
      ...createCompletionRoutes(stage),
      ...createControlRoutes({
        stage,
        clock,
        log,
        faults,
        tap,
        follow,
        consent,
        revoke,
        chat,
        say,
        bots,
      }),
      ...createEventRoutes({ stage, dialects, happenings }),
      ...createDeskRoutes({ stage, desks, faults, eventDialects: dialects, tap, say, bots, revoke }),
      ...createReceiverRoutes(stage),
    ],
    log,
    faults,
    world,
    now,
    clock,
  });

  return {
    listener: server.listener,
    close(): void {
      log.close();
      emitter.close();
      server.close();
      file.flush();
    },
  };
};

/** Wires the room: what signs people up and in, and the routes and workers that come of it. */
import { createCursors } from '../http/cursor.ts';
import type { MemberRoute } from '../http/member-route.ts';
import type { PageRoute } from '../http/route.ts';
import type {
  BlindIndex,
  Db,
  Log,
  Mailbox,
  NewId,
  RandomBytes,
  Seal,
  SendMail,
  Signals,
  Tx,
} from '../ports.ts';
import { createAuditRoutes } from './audit-routes.ts';
import { createAuditStore } from './audit-store.ts';
import { createChangePassword } from './change-password.ts';
import { createEnter } from './enter.ts';
import { createInvite } from './invite.ts';
import { createChangeMember, createLoginSteps } from './login.ts';
import { createLoginRoutes } from './login-routes.ts';
import { createMailStore } from './mail-store.ts';
import { createMailboxRoutes } from './mailbox-routes.ts';
import { createLinks } from './mails.ts';
import { createPasskeyRoutes } from './passkey-routes.ts';
import { createPasskeySteps } from './passkey-steps.ts';
import { createPasskeyStore } from './passkey-store.ts';
import { createPasswords } from './passwords.ts';
import { createSignUp } from './sign-up.ts';
import { createMemberStore } from './store.ts';
import { createTeamRoutes } from './team-routes.ts';
import { createTeamStore } from './team-store.ts';
import { createThrottle } from './throttle.ts';
import { createMailWorker, createMemberUpkeepWorker } from './worker.ts';

export interface OpenMembersDeps {
  db: Db;
  seal: Seal;
  blindIndex: BlindIndex;
  random: RandomBytes;
  newId: NewId;
  signals: Signals;
  log: Log;
  sendMail: SendMail;
  mailbox: Mailbox | undefined;
  adminUrl: string;
  idleTimeoutSeconds: number;
  foundTenant(tx: Tx, organization: string): Promise<void>;
}

export function openMembers(deps: OpenMembersDeps) {
  const { db, seal, adminUrl, idleTimeoutSeconds: idleSeconds } = deps;
  const members = createMemberStore(deps);
  const team = createTeamStore({ seal });
  const mails = createMailStore(deps);
  const audit = createAuditStore(deps);
  const kit = {
    ...deps,
    ...{ members, team, mails, audit },
    passwords: createPasswords(),
    throttle: createThrottle(deps),
    links: createLinks(adminUrl),
    steps: createLoginSteps({ ...deps, members }),
    changeMember: createChangeMember({ db, members, audit }),
  };
  const enter = createEnter(kit);
  const passkeys = createPasskeyStore();
  const routes: (MemberRoute | PageRoute)[] = [
    ...createLoginRoutes({
      ...{ db, members, idleSeconds },
      signUp: createSignUp(kit),
      enter,
      changePassword: createChangePassword(kit),
    }),
    ...createPasskeyRoutes({
      ...{ db, passkeys },
      passkeySteps: createPasskeySteps({ ...kit, enter, passkeys }),
    }),
    ...createTeamRoutes({ ...kit, invite: createInvite(kit) }),
    ...createAuditRoutes({ audit, members, cursors: createCursors({ seal }) }),
    ...createMailboxRoutes(deps.mailbox),
  ];

  return {
    routes,
    /** For every room whose routes do what the log must tell. */
    recordAudit: audit.record,
    /** What the kit needs to know who calls. */
    authenticate: {
      adminUrl,
      findLogin: (tokenHash: string, now: Date, prolongs: boolean) =>
        members.findLogin(db, tokenHash, { now, idleSeconds, prolongs }),
    },
    mailWorker: createMailWorker(kit),
    upkeepWorker: createMemberUpkeepWorker({ db, audit }),
  };
}

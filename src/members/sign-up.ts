/** Signing up: a link by mail, and what is made once it was opened. Nobody learns here whether an address is known. */
import { Problem } from '../errors.ts';
import { sha256Base64url } from '../http/digest.ts';
import type { Client } from '../http/member-route.ts';
import type { Db, NewId, Signals, Tx } from '../ports.ts';
import type { AuditStore } from './audit-store.ts';
import type { Cookie, LoginSteps } from './login.ts';
import type { MailStore, SignUpFacts } from './mail-store.ts';
import { type Links, MAILS_TOPIC } from './mails.ts';
import { type Language, SIGN_UP_LINK_SECONDS, secondsAfter } from './members.ts';
import type { Passwords } from './passwords.ts';
import { callIn, type MemberStore } from './store.ts';
import type { TeamStore } from './team-store.ts';
import type { Throttle } from './throttle.ts';

export interface SignUpDeps {
  db: Pick<Db, 'tenant' | 'call'>;
  members: MemberStore;
  team: TeamStore;
  mails: MailStore;
  audit: Pick<AuditStore, 'record'>;
  steps: LoginSteps;
  passwords: Passwords;
  throttle: Throttle;
  links: Links;
  /** Makes the tenant of the transaction, with a sandbox app where the simulator runs. */
  foundTenant(tx: Tx, organization: string): Promise<void>;
  newId: NewId;
  signals: Pick<Signals, 'publish'>;
}

export interface SignUpRequest {
  organization: string;
  email: string;
  password: string;
  language: Language;
}

export function createSignUp(deps: SignUpDeps) {
  const { db, members, mails, passwords, steps, links } = deps;

  const ask = async (body: SignUpRequest, client: Client, now: Date): Promise<void> => {
    const { organization, email, language } = body;
    const issues = passwords.judge(body.password, [email, organization]);
    if (issues.length > 0) throw new Problem('invalid_request', { issues });
    const index = members.indexOf(email);
    await deps.throttle.take({ mail_account: index, mail_network: client.network, mail_all: 'all' }, now);
    const passwordHash = await passwords.hash(body.password);
    const known = await members.findByIndex(db, index);
    const token = steps.makeToken();
    await mails.addWithToken(
      db,
      {
        hash: sha256Base64url(token),
        kind: 'sign_up',
        facts: { organization, email, passwordHash, language },
        now,
        expiresAt: secondsAfter(now, SIGN_UP_LINK_SECONDS),
      },
      {
        to: email,
        language,
        letter: known
          ? { kind: 'known', link: links.login, resetLink: links.forgot }
          : { kind: 'confirm', organization, link: links.confirm(token) },
      },
    );
    deps.signals.publish(MAILS_TOPIC);
  };

  const found = async (tx: Tx, facts: SignUpFacts, tokenHash: string, now: Date): Promise<string> => {
    const caller = callIn(tx);
    if (!(await mails.spendToken(caller, tokenHash, 'sign_up', now))) throw new Problem('code_spent');
    await deps.foundTenant(tx, facts.organization);
    const memberId = deps.newId('mem');
    await members.insert(caller, { id: memberId, ...facts, now });
    await deps.team.join(tx, memberId, 'owner', now);
    await deps.audit.record(tx, {
      at: now,
      action: 'tenant.created',
      actorId: memberId,
      target: tx.tenantId,
    });
    await deps.audit.record(tx, {
      at: now,
      action: 'member.joined',
      actorId: memberId,
      target: memberId,
      details: { role: 'owner' },
    });
    return memberId;
  };

  /** @throws Problem `code_spent` for a link that is unknown, spent or too old, or whose address has signed up since. */
  const confirm = async (token: string, client: Client, now: Date): Promise<Cookie> => {
    await deps.throttle.take({ link_network: client.network }, now);
    const tokenHash = sha256Base64url(token);
    const facts = await mails.findToken<SignUpFacts>(db, tokenHash, 'sign_up', now);
    if (facts === undefined || (await members.findByIndex(db, members.indexOf(facts.email))))
      throw new Problem('code_spent');
    const open = async (tx: Tx) =>
      steps.begin(callIn(tx), await found(tx, facts, tokenHash, now), client, now);
    return db.tenant(deps.newId('ten'), open).catch((error: unknown) => {
      // Two links of one address at once: the other one has made the member.
      if ((error as { code?: string }).code === '23505') throw new Problem('code_spent', { cause: error });
      throw error;
    });
  };

  return { ask, confirm };
}

/** Which grant a message goes out with: looked for when it is accepted, and again before each try. */
import { type Grant, isUsable } from '../consent/consent.ts';
import type { Tx } from '../ports.ts';
import type { Session } from '../session/session.ts';
import type { App } from '../tenants/tenants.ts';
import { type ConversationName, mayReach, sendScope, visitsOf } from './conversations.ts';

/** The part of a visit by which grants are found. */
type Visiting = Pick<Session, 'grantId' | 'generation' | 'visit'>;

export interface SendGrants {
  find(tx: Tx, id: string): Promise<Grant | undefined>;
  findCovering(
    tx: Tx,
    wanted: { app: App; session: Visiting; scopes: readonly string[]; now: Date },
  ): Promise<Grant | undefined>;
}

interface GrantWish {
  app: App;
  conversation: ConversationName;
  session: Visiting | undefined;
  /** The grant the tenant insists on. */
  grantId: string | null;
  now: Date;
}

/** `none_needed`: Divar asks for the app's key alone. Undefined: the user has not granted this. */
type ChosenGrant = Grant | 'none_needed' | undefined;

export type ChooseGrant = (tx: Tx, wish: GrantWish) => Promise<ChosenGrant>;

export function createChooseGrant({ grants }: { grants: SendGrants }): ChooseGrant {
  const findNamed = async (tx: Tx, { app, conversation, now }: GrantWish, id: string) => {
    const grant = await grants.find(tx, id);
    const isFit =
      grant?.appId === app.id &&
      grant.generation === app.generation &&
      isUsable(grant, now) &&
      mayReach(grant.facts.scopes, conversation);
    return isFit ? grant : undefined;
  };

  return async (tx, wish) => {
    const { app, conversation, session, now } = wish;
    const scope = sendScope(conversation);
    if (scope === undefined) return 'none_needed';
    if (wish.grantId !== null) return await findNamed(tx, wish, wish.grantId);
    const visiting = session ? [session] : visitsOf(conversation).map((visit) => standIn(app, visit));
    for (const one of visiting) {
      const grant = await grants.findCovering(tx, { app, session: one, scopes: [scope], now });
      if (grant) return grant;
    }
    return undefined;
  };
}

function standIn(app: App, visit: Session['visit']): Visiting {
  return { grantId: null, generation: app.generation, visit };
}

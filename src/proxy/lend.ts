/** Whose token a proxied call carries: found by the grant or the session it names, and only as far as the grant goes. */
import { type Grant, isUsable } from '../consent/consent.ts';
import type { ConsentUrl } from '../consent/consent-url.ts';
import { Problem } from '../errors.ts';
import type { Tx } from '../ports.ts';
import type { Session } from '../session/session.ts';
import type { App } from '../tenants/tenants.ts';
import { isCovered, missingScope, type Operation } from './operations.ts';

export interface FindGrantDeps {
  grants: { find(tx: Tx, id: string): Promise<Grant | undefined> };
  sessions: { find(tx: Tx, id: string): Promise<Session | undefined> };
  consentUrl: ConsentUrl;
}

/** Undefined where none was named. Throws `not_found`, `consent_required`. */
export type FindGrant = (
  tx: Tx,
  asked: { app: App; onBehalfOf: string | undefined; operation: Operation; now: Date },
) => Promise<Grant | undefined>;

export function createFindGrant(deps: FindGrantDeps): FindGrant {
  const findNamed = async (tx: Tx, app: App, name: string): Promise<Named> => {
    if (!name.startsWith('ses_')) {
      const grant = await deps.grants.find(tx, name);
      if (grant?.appId === app.id) return { grant, session: undefined };
      throw new Problem('not_found', { detail: 'There is no such grant' });
    }
    const session = await deps.sessions.find(tx, name);
    if (session?.appId !== app.id) throw new Problem('not_found', { detail: 'There is no such session' });
    const grant = session.grantId === null ? undefined : await deps.grants.find(tx, session.grantId);
    return { grant, session };
  };

  return async (tx, { app, onBehalfOf, operation, now }) => {
    if (onBehalfOf === undefined) return undefined;
    const { grant, session } = await findNamed(tx, app, onBehalfOf);
    if (
      grant &&
      isFit(grant, app, now) &&
      (operation.scopes.length === 0 || isCovered(operation, grant.facts.scopes))
    )
      return grant;
    throw consentRequired(operation, session && ((scopes) => deps.consentUrl(session, scopes)));
  };
}

interface Named {
  grant: Grant | undefined;
  session: Session | undefined;
}

function isFit(grant: Grant, app: App, now: Date): boolean {
  return grant.appId === app.id && grant.generation === app.generation && isUsable(grant, now);
}

export function consentRequired(
  operation: Pick<Operation, 'scopes' | 'params'>,
  urlFor?: (scopes: readonly string[]) => string,
): Problem {
  const scope = missingScope(operation);
  return new Problem('consent_required', {
    detail: `The user has to grant one of: ${operation.scopes.join(', ')}`,
    extra: { consent_url: scope === undefined ? null : (urlFor?.([scope]) ?? null) },
  });
}

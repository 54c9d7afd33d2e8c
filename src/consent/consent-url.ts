/** An address that asks the user of a session for more scopes, in the browser that the session is bound to, and lands again. */
import type { Handles } from '../session/handle.ts';
import type { Session } from '../session/session.ts';

export type ConsentUrl = (session: Pick<Session, 'tenantId' | 'id'>, scopes: readonly string[]) => string;

export function createConsentUrl({
  handles,
  publicUrl,
}: {
  handles: Pick<Handles, 'make'>;
  publicUrl: string;
}): ConsentUrl {
  return ({ tenantId, id }, scopes) =>
    `${publicUrl}/s/${handles.make('consent', { tenantId, sessionId: id }, scopes)}`;
}

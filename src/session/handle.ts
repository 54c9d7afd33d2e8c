/**
 * Handles: the opaque part of `/s/<handle>` and `/r/<handle>`. A handle is a sealed reference to its session, so nothing
 * about it is stored, nobody can make one, and its text says nothing. While PostgreSQL is away a start handle carries the
 * whole visit, and the row is written when it is opened. That a handle serves one browser only is the session's state,
 * not the handle's.
 */
import type { Seal } from '../ports.ts';
import type { NewSession } from './session.ts';

/** `start` opens a visit, `consent` asks for more scopes within it, `return` leads back to Divar. */
export type HandleKind = 'start' | 'consent' | 'return';

export interface SessionReference {
  tenantId: string;
  sessionId: string;
}

export interface ReadHandle extends SessionReference {
  /** The visit itself, when the row could not be written at init. */
  carried: NewSession | undefined;
  /** What a consent handle asks for, in our scope syntax. */
  scopes: readonly string[] | undefined;
}

export interface Handles {
  make(kind: HandleKind, reference: SessionReference, scopes?: readonly string[]): string;
  /** A start handle that carries the visit; undefined when it would be longer than 4 KiB. */
  carry(session: NewSession): string | undefined;
  /** Undefined for whatever was not made by us as this kind. */
  read(kind: HandleKind, handle: string): ReadHandle | undefined;
}

/** Longest handle that is made or read: browsers and proxies take URLs of this size everywhere. */
const MAX_HANDLE_BYTES = 4096;

type Wire = [tenantId: string, sessionId: string, carried?: NewSession | null, scopes?: readonly string[]];

export function createHandles({ seal }: { seal: Seal }): Handles {
  const associatedData = (kind: HandleKind) => `handle|${kind}`;
  return {
    make: (kind, { tenantId, sessionId }, scopes) => {
      const wire: Wire = scopes ? [tenantId, sessionId, null, scopes] : [tenantId, sessionId];
      return seal.seal(JSON.stringify(wire), associatedData(kind));
    },
    carry: (session) => {
      const wire: Wire = [session.tenantId, session.id, session];
      const handle = seal.seal(JSON.stringify(wire), associatedData('start'));
      return handle.length <= MAX_HANDLE_BYTES ? handle : undefined;
    },
    read: (kind, handle) => {
      if (handle.length > MAX_HANDLE_BYTES) return undefined;
      let plain: string;
      try {
        plain = seal.open(handle, associatedData(kind));
      } catch {
        return undefined;
      }
      const [tenantId, sessionId, carried, scopes] = JSON.parse(plain) as Wire;
      return { tenantId, sessionId, carried: carried ? reviveSession(carried) : undefined, scopes };
    },
  };
}

/** JSON made strings of the instants. */
function reviveSession(session: NewSession): NewSession {
  return {
    ...session,
    createdAt: new Date(session.createdAt),
    launchExpiresAt: new Date(session.launchExpiresAt),
    expiresAt: new Date(session.expiresAt),
  };
}

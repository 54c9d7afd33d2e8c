/** One visit of one Divar user, from the tap to the return. @see CONTRACT section 5 */
import { Problem } from '../errors.ts';
import type { Generation } from '../tenants/tenants.ts';

export type Side = 'supply' | 'demand';
export type Entry = 'init' | 'button' | 'direct_link';
export type ConsentState = 'none' | 'granted' | 'denied' | 'failed';
export type JsonObject = { [key: string]: unknown };

/** What Divar told about the visit, normalised once; absent facts are null. Stored sealed. */
export interface Visit {
  source: string | null;
  /** As it came, when it was normalised (`POST_ADODN`). */
  sourceRaw: string | null;
  postToken: string | null;
  conversationId: string | null;
  user: { id: string | null; side: Side | null };
  peer: { id: string | null };
  /** The tenant's own data of the clicked button (or the reference to it, until the handle is opened). */
  data: JsonObject | null;
  /** The page named by the clicked button, one of `landing.pages`. */
  page: string | null;
  location: { latitude: number; longitude: number } | null;
  /** Callback, return or completion address, as it came: validated before any use. */
  returnAddress: string | null;
  /** Fields we do not know, kept as they are. */
  extra: JsonObject;
}

export interface NewSession {
  tenantId: string;
  id: string;
  appId: string;
  generation: Generation;
  entry: Entry;
  simulated: boolean;
  visit: Visit;
  createdAt: Date;
  launchExpiresAt: Date;
  expiresAt: Date;
}

export interface Session extends NewSession {
  state: StoredState;
  consent: ConsentState;
  identity: 'verified' | 'unverified';
  browserHash: string | null;
  grantId: string | null;
  openedAt: Date | null;
  landedAt: Date | null;
  completedAt: Date | null;
}

export type StoredState = 'created' | 'opened' | 'consenting' | 'landed' | 'completed';
/** `expired` is never stored: time alone makes it. */
export type SessionState = StoredState | 'expired';

/**
 * What may happen to a session, and what it becomes. Whatever is not here is refused.
 *   created --open--> opened --ask--> consenting --land--> landed --complete--> completed
 * A web view may reload at any point, a tenant may ask for more later, and a page without a server may land twice.
 */
export const SESSION_TRANSITIONS = {
  open: {
    created: 'opened',
    opened: 'opened',
    consenting: 'consenting',
    landed: 'landed',
    completed: 'completed',
  },
  ask_consent: { opened: 'consenting', consenting: 'consenting', landed: 'landed' },
  settle_consent: { opened: 'opened', consenting: 'opened', landed: 'landed' },
  land: { opened: 'landed', consenting: 'landed', landed: 'landed', completed: 'completed' },
  complete: { opened: 'completed', consenting: 'completed', landed: 'completed', completed: 'completed' },
} as const satisfies Record<string, Partial<Record<StoredState, StoredState>>>;

export type SessionStep = keyof typeof SESSION_TRANSITIONS;

export function stateAt(session: Pick<Session, 'state' | 'expiresAt'>, now: Date): SessionState {
  return session.state !== 'completed' && session.expiresAt <= now ? 'expired' : session.state;
}

/** The session after `step`. Throws `conflict` when the table has no such step, or the session has expired. */
export function advanceSession(session: Session, step: SessionStep, now: Date): Session {
  const state = stateAt(session, now);
  const next = (SESSION_TRANSITIONS[step] as Partial<Record<SessionState, StoredState>>)[state];
  if (next === undefined)
    throw new Problem('conflict', { detail: `a session that is ${state} cannot ${step.replace('_', ' ')}` });
  return {
    ...session,
    state: next,
    openedAt: step === 'open' ? (session.openedAt ?? now) : session.openedAt,
    landedAt: step === 'land' ? (session.landedAt ?? now) : session.landedAt,
    completedAt: step === 'complete' ? (session.completedAt ?? now) : session.completedAt,
  };
}

/** What the blind index of a Divar user is made of: Divar's ids are per app, and so is ours. */
export function userKeyText(appId: string, divarUserId: string): string {
  return `user|${appId}|${divarUserId}`;
}

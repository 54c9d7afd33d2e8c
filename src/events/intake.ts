/** What Divar tells, once: recognised when it was told before, tied to its conversation, announced. */
import type { ConversationName } from '../messages/conversations.ts';
import { divarKeyText } from '../messages/echo.ts';
import type { BlindIndex, Tx } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';
import type { Announce } from './announce.ts';
import { canonicalText, dedupeKeyText, RECOVERED } from './events.ts';
import type { JsonObject } from './fields.ts';
import { type ReadEvent, readEvent } from './read-event.ts';
import type { SeenMessage } from './seen.ts';
import type { EventStore } from './store.ts';

export interface ToldByDivar {
  app: App;
  body: JsonObject;
  rawText: string;
  now: Date;
}

/** For the log. `conflict`: the same id with another content, kept and flagged. */
export type IntakeOutcome = 'announced' | 'conflict' | 'duplicate' | 'echo';

/** A message that may be one of ours coming back. */
export interface PossibleEcho {
  app: App;
  seen: SeenMessage & { sentAt: Date };
}

export interface IntakeDeps {
  events: Pick<EventStore, 'takeKey'>;
  announce: Announce;
  blindIndex: BlindIndex;
  /** Our id of the conversation, made if it is new. */
  openConversation: (tx: Tx, app: App, name: ConversationName, now: Date) => Promise<string>;
  /** True when it was ours, which is then confirmed. */
  confirmEcho: (tx: Tx, echo: PossibleEcho) => Promise<boolean>;
  /** Divar tells things of this chat: should it stop, the chat is read. */
  keepReading: (tx: Tx, chat: { app: App; conversationId: string; now: Date }) => Promise<void>;
  /** Ends every grant of this Divar user; their ids. May be asked again for the same user. */
  revokeGrants: (tx: Tx, revoked: { app: App; divarUserId: string; now: Date }) => Promise<string[]>;
}

export type EventIntake = (tx: Tx, told: ToldByDivar) => Promise<{ outcome: IntakeOutcome; type: string }>;

export function createEventIntake(deps: IntakeDeps): EventIntake {
  /** Takes the key of what was told; undefined when it was told before. */
  const takeKey = async (tx: Tx, told: ToldByDivar, read: ReadEvent) => {
    const appId = told.app.id;
    const keyText = dedupeKeyText(read, { ...told, appId });
    const digest = deps.blindIndex(canonicalText(read.content));
    const key = { appId, keyHash: deps.blindIndex(keyText), digest };
    const holder = await deps.events.takeKey(tx, key);
    if (holder === undefined) return { isConflict: false };
    if (holder === digest || holder === RECOVERED) return undefined;
    // The same id with another content: told as well, once for each content.
    const other = { ...key, keyHash: deps.blindIndex(`${keyText}|content|${digest}`) };
    return (await deps.events.takeKey(tx, other)) === undefined ? { isConflict: true } : undefined;
  };

  const isOwnEcho = async (tx: Tx, { app, now }: ToldByDivar, read: ReadEvent, conversationId: string) => {
    if (read.type === 'chat.message.received') await deps.keepReading(tx, { app, conversationId, now });
    if (read.echo === null) return false;
    return await deps.confirmEcho(tx, { app, seen: { ...read.echo, sentAt: read.echo.sentAt ?? now } });
  };

  /** What the tenant is told beyond what Divar said. */
  const addMeaning = async (tx: Tx, { app, now }: ToldByDivar, read: ReadEvent): Promise<JsonObject> => {
    if (read.revokedUserId === null) return {};
    return { grant_ids: await deps.revokeGrants(tx, { app, divarUserId: read.revokedUserId, now }) };
  };

  return async (tx, told) => {
    const { app, now, rawText } = told;
    const read = readEvent(told.body);
    const { type } = read;
    const taken = await takeKey(tx, told, read);
    if (taken === undefined) return { outcome: 'duplicate', type };
    const conversationId = read.conversation
      ? await deps.openConversation(tx, app, read.conversation, now)
      : null;
    if (conversationId !== null && (await isOwnEcho(tx, told, read, conversationId)))
      return { outcome: 'echo', type };
    const flags = taken.isConflict ? { conflicting: true } : {};
    const data = { ...read.data, ...(await addMeaning(tx, told, read)), ...flags };
    const simulated = app.environment === 'sandbox';
    const divarKey = read.messageId === null ? null : deps.blindIndex(divarKeyText(app.id, read.messageId));
    await deps.announce(tx, { type, appId: app.id, conversationId, simulated, data, rawText, divarKey, now });
    return { outcome: taken.isConflict ? 'conflict' : 'announced', type };
  };
}

/** Tells texts that stand in a chat and that no event has told: the same as the event would have been, and once. */
import type { Announce } from '../events/announce.ts';
import { dedupeKeyText, RECOVERED } from '../events/events.ts';
import type { EventStore } from '../events/store.ts';
import { divarKeyText } from '../messages/echo.ts';
import type { BlindIndex, Tx } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';
import type { ShownMessage } from './read-messages.ts';
import type { ChatStore } from './store.ts';

export interface RecoverDeps {
  chats: Pick<ChatStore, 'listTold'>;
  events: Pick<EventStore, 'takeKey'>;
  announce: Announce;
  blindIndex: BlindIndex;
}

const TYPE = 'chat.message.received';

export function createRecover({ chats, events, announce, blindIndex }: RecoverDeps) {
  /** How many were told. */
  return async (
    tx: Tx,
    {
      app,
      conversationId,
      shown,
      now,
    }: { app: App; conversationId: string; shown: readonly ShownMessage[]; now: Date },
  ): Promise<number> => {
    const keyed = shown.map((one) => ({
      ...one,
      divarKey: blindIndex(divarKeyText(app.id, one.message.id)),
    }));
    const told = await chats.listTold(
      tx,
      app.id,
      keyed.map(({ divarKey }) => divarKey),
    );
    let count = 0;
    for (const { message, chat, raw, divarKey } of keyed) {
      if (told.has(divarKey)) continue;
      const rawText = JSON.stringify(raw);
      const keyText = dedupeKeyText({ type: TYPE, divarKey: message.id }, { appId: app.id, rawText, now });
      const key = { appId: app.id, keyHash: blindIndex(keyText), digest: RECOVERED };
      if ((await events.takeKey(tx, key)) !== undefined) continue;
      const data = { message, conversation: chat, metadata: null, recovered: true };
      const simulated = app.environment === 'sandbox';
      await announce(tx, {
        type: TYPE,
        appId: app.id,
        conversationId,
        simulated,
        data,
        rawText,
        divarKey,
        now,
      });
      count += 1;
    }
    return count;
  };
}

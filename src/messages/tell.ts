/** The fate of a message, told to the tenant by whatever step decides it: no caller can forget. */
import type { Announce } from '../events/announce.ts';
import type { EventType } from '../events/events.ts';
import type { Clock } from '../ports.ts';
import type { AppDirectory } from '../tenants/tenants.ts';
import type { Message, MessageState } from './messages.ts';
import { type MessageView, presentMessage } from './present.ts';
import type { MessageStore } from './store.ts';

const TOLD: Partial<Record<MessageState, EventType>> = {
  sent: 'message.sent',
  failed: 'message.failed',
  expired: 'message.failed',
  unknown: 'message.unknown',
};

/** Text and buttons stay with the message, which forgets them in its own time. */
function withoutContent({
  text: _text,
  media_id: _media,
  sender_buttons: _sender,
  receiver_buttons: _receiver,
  ...told
}: MessageView) {
  return told;
}

export function tellOutcomes(
  messages: MessageStore,
  deps: { announce: Announce; directory: Pick<AppDirectory, 'find'>; clock: Clock },
): MessageStore {
  /** What cannot be opened has been set aside for it, and that must be told. */
  const openIfPossible = (message: Message) => {
    try {
      return messages.openContent(message);
    } catch {
      return null;
    }
  };

  return {
    ...messages,
    advance: async (tx, message, step, change) => {
      const next = await messages.advance(tx, message, step, change);
      const type = TOLD[next.state];
      if (type === undefined) return next;
      const now = deps.clock.now();
      await deps.announce(tx, {
        type,
        appId: next.appId,
        conversationId: next.conversationId,
        simulated: deps.directory.find(next.appId)?.environment === 'sandbox',
        data: {
          message: withoutContent(
            presentMessage(next, { content: openIfPossible(next), head: undefined, now }),
          ),
        },
        now,
      });
      return next;
    },
  };
}

/** What has become of a send, in the words of Divar's own API. @see PROTOCOL 4.2, 4.4, 4.8 */
import { Problem } from '../errors.ts';
import { MESSAGE_CODES, type Message, type MessageCode } from '../messages/messages.ts';
import type { SendKind } from './operations.ts';

export interface SpokenReply {
  status: number;
  body: unknown;
}

/** HTTP status and gRPC code, as Divar would have answered itself. */
const ERRORS: Partial<Record<MessageCode, readonly [status: number, code: number]>> = {
  consent_required: [403, 7],
  grant_broken: [401, 16],
  grant_revoked: [401, 16],
  api_key_refused: [401, 16],
  forbidden: [403, 7],
  target_not_found: [404, 5],
  recipient_restricted: [412, 9],
  refused_by_divar: [400, 3],
  throttled: [429, 8],
};
const OTHERWISE = [503, 14] as const;

/** `divarConversationId`: what a chatbot send tells. Undefined while the message is on its way.
 *  @throws Problem `outcome_unknown` */
export function replyOf(
  message: Pick<Message, 'id' | 'state' | 'code'>,
  kind: SendKind,
  divarConversationId: string | null,
): SpokenReply | undefined {
  const { state, code } = message;
  if (state === 'sent')
    return {
      status: 200,
      body:
        kind === 'conversation'
          ? { status: 200, message: 'success' }
          : { conversation_id: divarConversationId ?? '' },
    };
  if (state === 'unknown' || code === 'outcome_unknown') throw unknownOutcome(message);
  if (state !== 'failed' && state !== 'expired' && state !== 'cancelled') return undefined;
  const [status, grpcCode] = (code === null ? undefined : ERRORS[code]) ?? OTHERWISE;
  const text = code === null ? `the message is ${state}` : MESSAGE_CODES[code];
  return { status, body: { code: grpcCode, message: text, details: [] } };
}

/** It is not known, or not yet: `GET /v1/messages/{message_id}` tells it later. */
export function unknownOutcome({ id, state }: Pick<Message, 'id' | 'state'>): Problem {
  const detail =
    state === 'queued' || state === 'held' || state === 'sending'
      ? 'The message is stored and on its way; it must not be sent again'
      : 'Divar may have taken the message: its answer was lost';
  return new Problem('outcome_unknown', { detail, extra: { message_id: id, message_state: state } });
}

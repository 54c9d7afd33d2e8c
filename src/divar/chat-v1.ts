/** A send as the seed document describes it: the conversation by three ids, one button a side. @see PROTOCOL 4.1 */
import type { ChatAction, ChatButton, ChatTarget, SendDialect } from './chat.ts';
import { memberOf } from './chat-replies.ts';

export const v1Send: SendDialect<Extract<ChatTarget, { kind: 'v1' }>> = {
  request: ({ hosts, apiKey, accessToken, target, content }) => ({
    // The path says v2 in the v1 generation.
    url: `${hosts.v1ApiUrl}/v2/open-platform/chat/conversation`,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'x-api-key': apiKey,
      ...(accessToken === null ? {} : { 'x-access-token': accessToken }),
    },
    body: JSON.stringify({
      user_id: target.userId,
      post_token: target.postToken,
      peer_id: target.peerId,
      type: 'TEXT',
      message: content.text ?? '',
      sender_btn: spellOnlyButton(content.senderButtons),
      receiver_btn: spellOnlyButton(content.receiverButtons),
    }),
  }),

  // {"status":200,"message":"success"}
  isSuccess: (body) => memberOf(body, 'status') === 200,
};

/** Undefined, and so left out of the JSON, when the side has none. */
function spellOnlyButton(rows: readonly (readonly ChatButton[])[]) {
  const button = rows[0]?.[0];
  if (!button) return undefined;
  const { name, data } = spellAction(button.action);
  return { action: name, data: { icon_name: button.icon ?? undefined, ...data, caption: button.caption } };
}

function spellAction(action: ChatAction) {
  if ('openUrl' in action) return { name: 'DIRECT_LINK', data: { direct_link: action.openUrl } };
  if ('openSession' in action) return { name: 'LINK', data: { extra_data: action.openSession } };
  throw new Error('v1 has no such button');
}

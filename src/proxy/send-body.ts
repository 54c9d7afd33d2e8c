/** A send as the official SDKs of Divar write it, turned into a message request of ours. @see PROTOCOL 4.2-4.4 */
import { Problem, type ProblemIssue } from '../errors.ts';
import { MessageRequest } from '../messages/request.ts';
import type { SendKind } from './operations.ts';

interface Addressed {
  kind: SendKind;
  /** Divar's id: of the conversation, or of the chatbot's user. */
  id: string;
  /** The grant the caller named. */
  grantId: string | undefined;
}

type Fields = Record<string, unknown>;

/** Divar's names of what a button does, and ours. */
const ACTIONS: Record<string, string> = {
  open_direct_link: 'open_url',
  open_server_link: 'open_session',
  get_dynamic_action: 'ask',
  open_post_page: 'open_post',
  open_post_manage_page: 'open_post_manage',
};

/** What one API says where. */
const FIELDS: Record<SendKind, { text: string; sender: string | undefined; receiver: string }> = {
  conversation: { text: 'message', sender: 'sender_buttons', receiver: 'receiver_buttons' },
  bot_conversation: { text: 'text_message', sender: undefined, receiver: 'buttons' },
  bot_user: { text: 'text_message', sender: undefined, receiver: 'buttons' },
};

/** The token of a medium that Divar keeps, if the message is one. */
export function mediaTokenOf(body: Fields): string | undefined {
  const token = body.media_token;
  return typeof token === 'string' && token !== '' ? token : undefined;
}

/** `mediaId`: ours, for the media token of the body.
 *  @throws Problem `invalid_request`, with the paths of Divar's fields. */
export function readSend(body: Fields, { kind, id, grantId }: Addressed, mediaId?: string): MessageRequest {
  const names = FIELDS[kind];
  const text = body[names.text];
  const parsed = MessageRequest.safeParse({
    ...recipientOf(kind, id, grantId),
    // With media the SDKs send an empty text.
    ...(text === '' || text === undefined ? {} : { text }),
    ...(mediaId === undefined ? {} : { media_id: mediaId }),
    sender_buttons: names.sender === undefined ? [] : readGrid(body[names.sender]),
    receiver_buttons: readGrid(body[names.receiver]),
    // Nobody behind Divar's own SDK can decide about a message: it must not stop its conversation.
    on_unknown: 'fail',
  });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(
    (issue): ProblemIssue => ({
      path: `body.${spellPath(issue.path, names)}`,
      code: issue.code,
      message: issue.message,
    }),
  );
  throw new Problem('invalid_request', { issues });
}

function recipientOf(kind: SendKind, id: string, grantId: string | undefined): Fields {
  if (kind === 'bot_user') return { chatbot: { user_id: id } };
  if (kind === 'bot_conversation') return { chatbot: { conversation_id: id } };
  return { conversation_id: id, ...(grantId === undefined ? {} : { grant_id: grantId }) };
}

/** What is no grid stays what it is, for the check to refuse. */
function readGrid(grid: unknown): unknown {
  if (grid === undefined || grid === null) return [];
  const rows = (grid as Fields).rows;
  if (rows === undefined || rows === null) return [];
  return Array.isArray(rows) ? rows.map(readRow) : rows;
}

function readRow(row: unknown): unknown {
  const buttons = (row as Fields | null)?.buttons;
  return Array.isArray(buttons) ? buttons.map(readButton) : (buttons ?? []);
}

function readButton(button: unknown): unknown {
  if (typeof button !== 'object' || button === null) return button;
  const { action, icon, icon_name: oldIcon, caption, ...unknown } = button as Fields;
  const shownIcon = icon ?? oldIcon;
  return {
    caption,
    ...(shownIcon == null ? {} : { icon: shownIcon }),
    action: readAction(action),
    ...unknown,
  };
}

function readAction(action: unknown): unknown {
  if (typeof action !== 'object' || action === null) return action;
  const members = Object.entries(action).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(members.map(([name, value]) => [ACTIONS[name] ?? name, readValue(name, value)]));
}

function readValue(name: string, value: unknown): unknown {
  if (name.endsWith('_page')) return (value as Fields).post_token ?? value;
  return value;
}

function spellPath(path: readonly PropertyKey[], names: (typeof FIELDS)[SendKind]): string {
  const [first, ...rest] = path.map(String);
  const spelled: Record<string, string | undefined> = {
    text: names.text,
    media_id: 'media_token',
    sender_buttons: names.sender,
    receiver_buttons: names.receiver,
  };
  return [spelled[first ?? ''] ?? first, ...rest].join('.');
}

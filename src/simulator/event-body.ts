import { type EventDialect, spellInt64, spellSentAt } from './event-dialect.ts';
import { userIdOf } from './identities.ts';
import { type App, type Conversation, type Message, otherSide, type Post, type Side } from './world.ts';

/** Bodies of the events (PROTOCOL.md 5), in the wanted dialect. */

type Fields = Record<string, unknown>;

export interface Said {
  app: App;
  conversation: Conversation;
  message: Message;
  publicUrl: string;
  dialect: EventDialect;
}

const SIZE_BYTES = 204_801;

const MORE_OF_MEDIA: Record<string, Fields> = {
  image: { height_px: 720, width_px: 1280 },
  file: { name: 'factor.pdf' },
};

const contentOf = ({ message, publicUrl, dialect }: Said, textKey: string): Fields => {
  if (message.place) return { type: 'LOCATION', location_data: message.place };
  if (message.contact) return { type: 'CONTACT', contact_data: message.contact };
  if (message.mediaId === undefined) return { type: 'TEXT', [textKey]: message.text };
  const type = (message.mediaType ?? 'file').toLowerCase();
  const link = `${publicUrl}/media/${encodeURIComponent(message.mediaId)}`;
  const media = { link, size_bytes: spellInt64(SIZE_BYTES, dialect) };
  const more = MORE_OF_MEDIA[type] ?? {};
  return { type: type.toUpperCase(), [`${type}_data`]: { ...media, ...more } };
};

const decorate = (fields: Fields, { unknown_fields }: EventDialect): Fields =>
  unknown_fields ? { ...fields, future_field: [1, { k: null }] } : fields;

const metadataField = (metadata: unknown, { metadata_key }: EventDialect): Fields =>
  metadata === undefined ? {} : { [metadata_key ?? 'metadata']: metadata };

/** 5.3. People are told only by their side; what an add-on sent comes back as a bot's. */
export const formatNewMessage = (said: Said, metadata: unknown): Fields => {
  const { app, conversation, message, dialect } = said;
  const human = dialect.human ?? 'HUMAN';
  const told = {
    id: message.id,
    conversation: { id: conversation.id, type: 'POST', post_token: conversation.post },
    sender: {
      side: message.side === 'seller' ? 'SELLER' : 'BUYER',
      type: message.sender === 'app' ? 'BOT' : human,
    },
    sent_at: spellSentAt(message.sentAt, app.generation, dialect),
    ...contentOf(said, 'text'),
  };
  return {
    type: 'NEW_MESSAGE',
    ...metadataField(metadata, dialect),
    new_message: decorate(told, dialect),
  };
};

export const formatChatbotMessage = (said: Said): Fields => {
  const { app, conversation, message, dialect } = said;
  const told = {
    id: message.id,
    conversation: { id: conversation.id, type: 'BOT' },
    sender: { type: dialect.human ?? 'HUMAN' },
    sent_at: spellSentAt(message.sentAt, app.generation, dialect),
    ...contentOf(said, dialect.text_key ?? 'text'),
  };
  return { type: 'NEW_CHATBOT_MESSAGE', new_chatbot_message: decorate(told, dialect) };
};

/** 5.1: the notification of the first generation, which knows people by their ids. */
export const formatNotification = ({ app, message, dialect }: Said, post: Post): Fields => {
  const person = (side: Side) => ({
    id: userIdOf(app.slug, app.generation, side),
    is_supply: side === 'seller',
  });
  const [from, to] = [person(message.side), person(otherSide(message.side))];
  const people =
    dialect.people === 'from' ? { from, to } : { from: null, to: null, sender: from, receiver: to };
  const seconds = Math.floor(message.sentAt / 1000);
  return {
    type: 'CHAT_MESSAGE',
    timestamp: dialect.int64 === 'number' ? seconds : String(seconds),
    payload: decorate(
      {
        '@type': 'type.googleapis.com/notify.ChatMessagePayload',
        id: message.id,
        type: 'TEXT',
        data: { '@type': 'type.googleapis.com/notify.ChatMessageTextData', text: message.text },
        ...people,
        metadata: { category: post.category, post_token: post.token, title: post.title },
        sent_at: spellSentAt(message.sentAt, app.generation, dialect),
      },
      dialect,
    ),
  };
};

export const formatRevocation = (userId: string): Fields => ({
  type: 'USER_ACCESS_REVOCATION',
  user_access_revocation: { user_id: userId },
});

export type PostChange = 'PUBLISH' | 'ONGOING' | 'RETIRE' | 'ARCHIVE';

/** Of a post that is gone only the token is told. */
export const isGone = (change: PostChange): boolean => change === 'RETIRE' || change === 'ARCHIVE';

export const formatPostUpdate = (
  change: PostChange,
  post: Post,
  metadata: unknown,
  dialect: EventDialect,
): Fields => {
  const { token, title, category, city, district } = post;
  const facts = { token, category, city, district, chat_enabled: true, data: { title } };
  return {
    type: 'POST_UPDATE',
    ...metadataField(metadata, dialect),
    post_update: { type: change, post: isGone(change) ? { token } : decorate(facts, dialect) },
  };
};

const PAYMENT_STATES = ['PENDING', 'COMPLETED', 'FAILED', 'REFUNDED'] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

export const formatPayment = (
  payment: { id: string; state: PaymentState; costRials: number },
  dialect: EventDialect,
): Fields => {
  const isNumber = dialect.enums === 'number';
  return {
    type: 'PAYMENT_TRANSACTION',
    [dialect.payment_key ?? 'payment_transaction']: decorate(
      {
        id: payment.id,
        cost_rials: spellInt64(payment.costRials, dialect),
        state: isNumber ? PAYMENT_STATES.indexOf(payment.state) + 1 : `TRANSACTION_STATE_${payment.state}`,
        type: isNumber ? 1 : 'TRANSACTION_TYPE_REORDER',
      },
      dialect,
    ),
  };
};

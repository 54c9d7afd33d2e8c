import { z } from 'zod';
import { conversationOfPost, FIRST_POST } from './cast.ts';
import { Dialect } from './dialect.ts';
import { Refusal } from './refusal.ts';
import type { Tap } from './session-request.ts';
import type { Action, App, Conversation, World } from './world.ts';

/** What `POST /__tap` takes. */
export const TapRequest = z.strictObject({
  app: z.string(),
  as: z.enum(['seller', 'buyer', 'anonymous']),
  kind: z.enum(['chat', 'button', 'post_addon', 'location', 'direct_link']),
  post: z.string().optional(),
  conversation: z.string().optional(),
  button: z
    .strictObject({
      message_id: z.string(),
      side: z.enum(['seller', 'buyer']),
      row: z.int().min(0),
      column: z.int().min(0),
    })
    .optional(),
  /** Developer data sent as if a button carried it, without a message. */
  data: z.record(z.string(), z.unknown()).optional(),
  /** Extra query parameters of a direct link. */
  query: z.record(z.string(), z.string()).optional(),
  dialect: Dialect.optional(),
  raw_body: z.string().optional(),
  timeout_ms: z.int().min(1).max(600_000).optional(),
});
export type TapRequest = z.infer<typeof TapRequest>;

export const refuseTap = (status: number, error: string): Refusal =>
  new Refusal({ status, body: { error } }, error);

const loadApp = (world: World, slug: string): App => {
  const app = world.apps[slug];
  if (!app) throw refuseTap(404, `app ${slug} is not registered`);
  return app;
};

/** The button of a message, as the person who presses it sees it. */
export const loadButton = (
  world: World,
  request: TapRequest,
): { app: App; action: Action; conversation: Conversation } => {
  const { button } = request;
  if (!button) throw refuseTap(400, 'button is missing');
  for (const conversation of Object.values(world.conversations)) {
    const message = conversation.messages.find((one) => one.id === button.message_id);
    const found = message?.buttons[button.side][button.row]?.[button.column];
    if (!message || !found) continue;
    // In a bot chat the one person stands on the buyer's side, whoever they are elsewhere.
    const side = conversation.type === 'BOT' && conversation.person === request.as ? 'buyer' : request.as;
    if (button.side !== side) throw refuseTap(403, 'a person sees only the buttons of their own side');
    if (message.app !== request.app) throw refuseTap(404, 'the message is of another app');
    return { app: loadApp(world, request.app), action: found.action, conversation };
  }
  throw refuseTap(404, 'button not found');
};

/** Where a tap happens: named by conversation, by post, or the first post. */
export const loadScene = (world: World, request: TapRequest): Omit<Tap, 'kind'> => {
  const app = loadApp(world, request.app);
  const named = request.conversation ? world.conversations[request.conversation] : undefined;
  if (request.conversation && !named) throw refuseTap(404, 'conversation not found');
  const post = named?.post ?? request.post ?? FIRST_POST;
  if (!world.posts[post]) throw refuseTap(404, 'post not found');
  const conversation = named ?? conversationOfPost(world, post);
  const { as, data, dialect = {} } = request;
  return { app, as, post, conversation, data, dialect };
};

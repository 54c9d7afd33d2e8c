import { z } from 'zod';
import type { BotChats } from './bot-routes.ts';
import { createConversation, createTestPost, createWorld, PERSON_KEYS } from './cast.ts';
import { type Chat, NO_BUTTONS } from './chat.ts';
import { control, readInput, refuseControl } from './control-input.ts';
import { FaultList, type Faults } from './faults.ts';
import { type Follow, FollowRequest } from './follow.ts';
import type { HopLog } from './hop-log.ts';
import { formatUuid, userIdOf } from './identities.ts';
import { type Consent, DECISIONS } from './oauth-routes.ts';
import { PersonContent, type Say } from './person-message.ts';
import { createApp, describeApp, Registration } from './registration.ts';
import type { Revoke } from './revoke.ts';
import { type Call, json, type Reply, type Route } from './route.ts';
import type { RunTap } from './tap.ts';
import { TapRequest } from './tap-request.ts';
import { describeWorld } from './view.ts';
import type { Conversation, Stage } from './world.ts';

interface ControlDeps {
  stage: Stage;
  clock: { now(): number };
  log: HopLog;
  faults: Faults;
  tap: RunTap;
  follow: Follow;
  consent: Consent;
  revoke: Revoke;
  chat: Chat;
  say: Say;
  bots: BotChats;
}

/** A reader waits at most this long for a hop. */
const LONGEST_WAIT_MS = 60_000;

const appRoutes = ({ stage }: ControlDeps): Route[] => {
  const { world, changed } = stage;
  const put = (call: Call): Reply => {
    const slug = call.params.slug ?? '';
    const known = world.apps[slug];
    const input = readInput(call, Registration);
    if (known && known.owner !== input.owner) throw refuseControl(409, 'the slug belongs to another owner');
    world.apps[slug] = createApp(slug, input);
    changed();
    return json(describeApp(createApp(slug, input)), known ? 200 : 201);
  };
  /** The ids an app sees: testers cannot derive them. */
  const ids = (call: Call): Reply => {
    const app = world.apps[call.params.slug ?? ''];
    if (!app) throw refuseControl(404, 'the app is not registered');
    return json(Object.fromEntries(PERSON_KEYS.map((key) => [key, userIdOf(app.slug, app.generation, key)])));
  };
  return [
    control('PUT', '/__apps/:slug', put),
    control('GET', '/__apps', () => json({ apps: Object.values(world.apps).map(describeApp) })),
    control('GET', '/__apps/:slug/users', ids),
  ];
};

const logRoutes = ({ log }: ControlDeps): Route[] => {
  const list = async (call: Call): Promise<Reply> => {
    const number = (name: string) => Math.max(0, Number(call.query.get(name) ?? 0) || 0);
    const [kind, app] = [call.query.get('kind'), call.query.get('app')];
    const matches = (hop: { kind: string; app?: string | undefined }) =>
      (kind === null || hop.kind === kind) && (app === null || hop.app === app);
    const waitMs = Math.min(number('wait_ms'), LONGEST_WAIT_MS);
    const after = number('after');
    const hops = waitMs > 0 ? await log.wait(after, waitMs, matches) : log.list(after, matches);
    return json({ hops, latest: log.latest() });
  };
  const clear = (): Reply => {
    log.clear();
    return json({ latest: log.latest() });
  };
  return [control('GET', '/__log', list), control('DELETE', '/__log', clear)];
};

const ClockInput = z.union([
  z.strictObject({ advance_ms: z.int() }),
  z.strictObject({ now: z.union([z.int(), z.iso.datetime({ offset: true })]) }),
  z.strictObject({ reset: z.literal(true) }),
]);

const clockRoutes = ({ stage, clock }: ControlDeps): Route[] => {
  const { world, now, changed } = stage;
  const tell = (): Reply =>
    json({ now: new Date(now()).toISOString(), now_ms: now(), offset_ms: world.clockOffsetMs });
  const move = (call: Call): Reply => {
    const input = readInput(call, ClockInput);
    if ('advance_ms' in input) world.clockOffsetMs += input.advance_ms;
    else if ('now' in input) world.clockOffsetMs = new Date(input.now).getTime() - clock.now();
    else world.clockOffsetMs = 0;
    changed();
    return tell();
  };
  return [control('GET', '/__clock', tell), control('POST', '/__clock', move)];
};

const faultRoutes = ({ faults }: ControlDeps): Route[] => {
  const tell = (): Reply => json({ faults: faults.list() });
  const put = (call: Call): Reply => {
    faults.replace(readInput(call, FaultList, true));
    return tell();
  };
  const clear = (): Reply => {
    faults.replace([]);
    return tell();
  };
  return [
    control('GET', '/__faults', tell),
    control('PUT', '/__faults', put),
    control('DELETE', '/__faults', clear),
  ];
};

const ConsentInput = z.strictObject({
  url: z.url(),
  user: z.enum(['seller', 'buyer', 'stranger']),
  decision: z.enum(DECISIONS),
  scopes: z.array(z.string()).optional(),
});

const consentRoutes = ({ stage, log, consent }: ControlDeps): Route[] => {
  /** What a person does on the consent page; a request Divar would not show it for is answered 400. */
  const decide = (call: Call): Reply => {
    const { url, user, decision, scopes } = readInput(call, ConsentInput);
    const { pathname, searchParams } = new URL(url);
    const { judgement, location } = consent(pathname, searchParams, { person: user, decision, scopes });
    const error =
      judgement.kind === 'valid'
        ? null
        : { error: judgement.error, error_description: judgement.description };
    const status = location === undefined ? 400 : 200;
    log.add({
      at: new Date(stage.now()).toISOString(),
      ms: 0,
      direction: 'browser',
      kind: 'consent',
      method: 'POST',
      path: pathname,
      status,
      app: judgement.kind === 'valid' ? judgement.app.slug : judgement.app,
      as: user,
      problems: error ? [error.error_description] : [],
      request: { decision, scopes: scopes ?? null },
    });
    return json({ location: location ?? null, ...(error ?? {}) }, status);
  };
  return [control('POST', '/__consent', decide)];
};

const MessageInput = z.strictObject({ as: z.enum(['seller', 'buyer']), text: z.string().min(1).max(4000) });
const OtherMessageInput = z.strictObject({ as: z.enum(['seller', 'buyer']), content: PersonContent });
const ChatInput = z.strictObject({ blocked: z.boolean() });
const NewChatInput = z.union([
  z.strictObject({ title: z.string().min(1).optional() }),
  /** The chat of a person with an app's bot; Divar's buttons say where it was started, with or without an id. */
  z.strictObject({
    bot: z.string(),
    as: z.enum(['seller', 'buyer']),
    start: z.enum(['MY_POST', 'MY_DIVAR', 'DIVAR_PRO', 'CHAT', 'DEMAND_POST']).optional(),
    id: z.string().optional(),
  }),
]);
const ResetInput = z.strictObject({ apps: z.boolean().default(false) });
const RevokeInput = z.strictObject({ app: z.string(), user: z.enum(['seller', 'buyer', 'stranger']) });

const chatRoutes = ({ stage, chat, bots, say: sayInChat }: ControlDeps): Route[] => {
  const { world, random, changed } = stage;
  const loadChat = (call: Call): Conversation => {
    const conversation = world.conversations[call.params.conversation ?? ''];
    if (!conversation) throw refuseControl(404, 'conversation not found');
    return conversation;
  };
  const say = (call: Call): Reply => {
    const input = readInput(call, z.union([MessageInput, OtherMessageInput]));
    const content = 'text' in input ? { type: 'TEXT' as const, text: input.text } : input.content;
    const message = sayInChat(loadChat(call), input.as, content, call.path);
    return json({ id: message.id }, 201);
  };
  const block = (call: Call): Reply => {
    const { blocked } = readInput(call, ChatInput);
    loadChat(call).blocked = blocked;
    changed();
    return json({ blocked });
  };
  const openBot = ({ bot, as, start, id }: Extract<z.infer<typeof NewChatInput>, { bot: string }>): Reply => {
    const app = world.apps[bot];
    if (!app) throw refuseControl(404, 'the app is not registered');
    const conversation = bots.open(app, as);
    if (start !== undefined) {
      const text = ['/start', start, id].filter((word) => word !== undefined).join(' ');
      chat.post(conversation, { side: 'buyer', sender: 'human', text, buttons: NO_BUTTONS });
    }
    return json({ conversation: conversation.id, post: null }, 201);
  };
  /** A fresh post of the seller with its conversation: tests that must not meet use one each. */
  const open = (call: Call): Reply => {
    const input = readInput(call, NewChatInput);
    if ('bot' in input) return openBot(input);
    const { title } = input;
    const token = random(6).toString('base64url').replaceAll('-', '_');
    world.posts[token] = createTestPost(token, 0, title);
    const conversation = createConversation(formatUuid(random(16), 4), token);
    world.conversations[conversation.id] = conversation;
    changed();
    return json({ conversation: conversation.id, post: token }, 201);
  };
  return [
    control('POST', '/__chats', open),
    control('PUT', '/__chats/:conversation', block),
    control('POST', '/__chats/:conversation/messages', say),
  ];
};

const worldRoutes = ({ stage, log, faults, revoke }: ControlDeps): Route[] => {
  const { world, changed } = stage;
  /** Registrations stay unless asked: whoever registered them would not know to do it again. */
  const reset = (call: Call): Reply => {
    const { apps } = readInput(call, ResetInput);
    Object.assign(world, createWorld(), apps ? {} : { apps: world.apps });
    faults.replace([]);
    log.clear();
    changed();
    return json({ ok: true });
  };
  const takeBack = (call: Call): Reply => {
    const { app, user } = readInput(call, RevokeInput);
    return json({ revoked: revoke(app, user) });
  };
  return [
    control('GET', '/__state', () => json(describeWorld(stage))),
    control('POST', '/__reset', reset),
    control('POST', '/__revoke', takeBack),
  ];
};

/** The control API: everything a test, or the chat page, may do to the simulator. Never logged as a hop. */
export const createControlRoutes = (deps: ControlDeps): Route[] => [
  ...appRoutes(deps),
  control('POST', '/__tap', async (call) => json(await deps.tap(readInput(call, TapRequest)))),
  control('POST', '/__follow', async (call) => json(await deps.follow(readInput(call, FollowRequest)))),
  ...logRoutes(deps),
  ...clockRoutes(deps),
  ...faultRoutes(deps),
  ...consentRoutes(deps),
  ...chatRoutes(deps),
  ...worldRoutes(deps),
];

import { z } from 'zod';
import type { BotChats } from './bot-routes.ts';
import { control, readInput, refuseControl } from './control-input.ts';
import type { Desks } from './desk.ts';
import { Dialect } from './dialect.ts';
import { EventDialect } from './event-dialect.ts';
import type { EventDialects } from './event-routes.ts';
import { FaultList, type Faults } from './faults.ts';
import { PersonContent, type Say } from './person-message.ts';
import type { Revoke } from './revoke.ts';
import { type Call, json, type Reply, type Route } from './route.ts';
import type { RunTap } from './tap.ts';
import { TapRequest } from './tap-request.ts';
import type { App, Stage } from './world.ts';

interface DeskRoutesDeps {
  stage: Pick<Stage, 'changed'>;
  desks: Desks;
  faults: Pick<Faults, 'replaceOf'>;
  eventDialects: Pick<EventDialects, 'replaceOwn'>;
  tap: RunTap;
  say: Say;
  bots: BotChats;
  revoke: Revoke;
}

const Side = z.enum(['seller', 'buyer']);
const ChatInput = z.union([
  z.strictObject({ title: z.string().min(1).max(200).optional(), fresh: z.boolean().default(true) }),
  z.strictObject({ bot: z.literal(true), as: Side }),
]);
const BlockInput = z.strictObject({ blocked: z.boolean() });
const MessageInput = z.strictObject({ as: Side, content: PersonContent });
const TapInput = TapRequest.pick({ as: true, kind: true, button: true }).extend({ conversation: z.string() });
const SettingsInput = z.strictObject({
  faults: FaultList.max(20).optional(),
  dialect: Dialect.optional(),
  event_dialect: EventDialect.optional(),
});
const RevokeInput = z.strictObject({ as: Side });

/** The desk of one app: the control API for whoever may see that app and nothing else. `owner` is the one it was registered with. */
export const createDeskRoutes = (deps: DeskRoutesDeps): Route[] => {
  const { stage, desks, faults, eventDialects, tap, say, bots } = deps;
  const onDesk =
    (answer: (app: App, call: Call) => Reply | Promise<Reply>): Route['answer'] =>
    (call) =>
      answer(desks.loadApp(call.params.slug ?? '', call.query.get('owner')), call);

  const openChat = (app: App, call: Call): Reply => {
    const input = readInput(call, ChatInput);
    const { id } = 'bot' in input ? bots.open(app, input.as) : desks.openChat(app, input);
    return json({ conversation: id }, 201);
  };

  const block = (app: App, call: Call): Reply => {
    const { blocked } = readInput(call, BlockInput);
    desks.loadChat(app, call.params.conversation ?? '').blocked = blocked;
    stage.changed();
    return json({ blocked });
  };

  const write = (app: App, call: Call): Reply => {
    const { as, content } = readInput(call, MessageInput);
    const conversation = desks.loadChat(app, call.params.conversation ?? '');
    return json({ id: say(conversation, as, content, call.path).id }, 201);
  };

  const runTap = async (app: App, call: Call): Promise<Reply> => {
    const input = readInput(call, TapInput);
    const { id, type } = desks.loadChat(app, input.conversation);
    const isButton = input.kind === 'button';
    if (isButton !== (input.button !== undefined)) throw refuseControl(400, 'a button is named by its place');
    if (type === 'BOT' && !isButton) throw refuseControl(400, 'a chat with a bot has no add-ons');
    const where = isButton ? {} : { conversation: id };
    const { as, kind, button } = input;
    return json(await tap({ app: app.slug, as, kind, button, ...where, dialect: desks.dialectOf(app) }));
  };

  const set = (app: App, call: Call): Reply => {
    const input = readInput(call, SettingsInput);
    if (input.faults) faults.replaceOf(app.slug, input.faults);
    if (input.dialect) desks.setDialect(app, input.dialect);
    if (input.event_dialect) eventDialects.replaceOwn(app.slug, input.event_dialect);
    return json({ ok: true });
  };

  const path = (rest: string) => `/__desks/:slug${rest}`;
  return [
    control(
      'GET',
      path(''),
      onDesk((app) => json(desks.describe(app))),
    ),
    control('POST', path('/chats'), onDesk(openChat)),
    control('PUT', path('/chats/:conversation'), onDesk(block)),
    control('POST', path('/chats/:conversation/messages'), onDesk(write)),
    control('POST', path('/taps'), onDesk(runTap)),
    control('PUT', path('/settings'), onDesk(set)),
    control(
      'POST',
      path('/revocations'),
      onDesk((app, call) => json({ revoked: deps.revoke(app.slug, readInput(call, RevokeInput).as) })),
    ),
  ];
};

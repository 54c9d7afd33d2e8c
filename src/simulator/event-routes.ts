import { z } from 'zod';
import { control, readInput, refuseControl } from './control-input.ts';
import { EventDialect } from './event-dialect.ts';
import type { Happenings } from './happenings.ts';
import { formatUuid } from './identities.ts';
import { type Call, json, type Reply, type Route } from './route.ts';
import type { Stage } from './world.ts';

const EventInput = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('POST_UPDATE'),
    app: z.string(),
    post: z.string(),
    change: z.enum(['PUBLISH', 'ONGOING', 'RETIRE', 'ARCHIVE']).default('PUBLISH'),
  }),
  z.strictObject({
    type: z.literal('PAYMENT_TRANSACTION'),
    app: z.string(),
    id: z.string().optional(),
    state: z.enum(['PENDING', 'COMPLETED', 'FAILED', 'REFUNDED']).default('COMPLETED'),
    cost_rials: z.int().default(120_000),
  }),
  z.strictObject({ type: z.literal('RAW'), app: z.string(), body: z.record(z.string(), z.unknown()) }),
]);
type EventInput = z.infer<typeof EventInput>;

/** The dialect of events, kept like faults: not over a restart. What an app has of its own goes before what holds for all. */
export const createEventDialects = () => {
  let dialect: EventDialect = {};
  const own = new Map<string, EventDialect>();
  return {
    read: (): EventDialect => dialect,
    readFor: (slug: string): EventDialect => ({ ...dialect, ...own.get(slug) }),
    readOwn: (slug: string): EventDialect => own.get(slug) ?? {},
    replace: (next: EventDialect): void => {
      dialect = next;
    },
    replaceOwn: (slug: string, next: EventDialect): void => {
      own.set(slug, next);
    },
  };
};
export type EventDialects = ReturnType<typeof createEventDialects>;

/** The control API of events: what nobody in the chat can make happen, and how Divar words what happens. */
export const createEventRoutes = ({
  stage,
  dialects,
  happenings,
}: {
  stage: Stage;
  dialects: EventDialects;
  happenings: Pick<Happenings, 'postChanged' | 'paid' | 'anything'>;
}): Route[] => {
  const happen = (input: EventInput): number => {
    const app = stage.world.apps[input.app];
    if (!app) throw refuseControl(404, 'the app is not registered');
    if (input.type === 'RAW') return happenings.anything(app, input.body);
    if (input.type === 'POST_UPDATE') return happenings.postChanged(app, input.post, input.change);
    const id = input.id ?? formatUuid(stage.random(16), 4);
    return happenings.paid(app, { id, state: input.state, costRials: input.cost_rials });
  };
  const tell = (): Reply => json({ dialect: dialects.read() });
  const put = (call: Call): Reply => {
    dialects.replace(readInput(call, EventDialect));
    return tell();
  };

  return [
    control('POST', '/__events', (call) => json({ told: happen(readInput(call, EventInput)) })),
    control('GET', '/__events/dialect', tell),
    control('PUT', '/__events/dialect', put),
  ];
};

import { setTimeout as sleep } from 'node:timers/promises';
import type { CallAddon } from './addon-call.ts';
import type { EventDialect } from './event-dialect.ts';
import type { Faults } from './faults.ts';
import type { SeenReply } from './session-reply.ts';
import { formatOutgoing } from './session-request.ts';
import type { App, Conversation } from './world.ts';

/** One event on its way to an add-on. */
export interface Emitted {
  app: App;
  /** Where it goes, and the key it shows: those of the app, or of one v1 subscription. */
  url: string;
  identificationKey: string;
  fields: Record<string, unknown>;
  conversation?: Conversation | undefined;
}

/** Divar gives add-ons two seconds elsewhere, and says nothing of events. */
const TIMEOUT_MS = 2000;
const USUAL_RETRIES_MS = [1000, 5000, 30_000];

const judge = ({ status }: SeenReply) => ({
  problems: status === 200 ? [] : [{ code: 'http_status', message: `the add-on answered ${status}` }],
  reply: null,
});

interface EmitterDeps {
  callAddon: CallAddon;
  faults: Pick<Faults, 'take'>;
  dialect(slug: string): EventDialect;
}

/** Tells events to add-ons: of one app in order, one after the other, unless a fault wants it otherwise. What is not answered
 *  200 is told again later, out of order, and lost in the end. */
export const createEmitter = ({ callAddon, faults, dialect }: EmitterDeps) => {
  const closing = new AbortController();
  const lines = new Map<string, Promise<void>>();
  /** Events that a fault holds back until the next one of their app was told. */
  const heldBack = new Map<string, Emitted>();

  const tell = async ({ app, url, identificationKey, fields, conversation }: Emitted): Promise<boolean> => {
    const { key } = dialect(app.slug);
    const answer = await callAddon({
      outgoing: formatOutgoing(url, fields, { ...app, identificationKey }, key ? { key } : {}, {}),
      kind: 'event',
      app,
      as: 'anonymous',
      conversation,
      timeoutMs: TIMEOUT_MS,
      judge,
    });
    return answer.problems.length === 0;
  };

  const tellAgain = async (event: Emitted, waitsMs: readonly number[]): Promise<void> => {
    for (const waitMs of waitsMs) {
      await sleep(waitMs, undefined, { signal: closing.signal, ref: false });
      if (await tell(event)) return;
    }
  };

  const tellOnce = async (event: Emitted): Promise<void> => {
    if (await tell(event)) return;
    void tellAgain(event, dialect(event.app.slug).retry_ms ?? USUAL_RETRIES_MS).catch(() => undefined);
  };

  const pass = async (event: Emitted): Promise<void> => {
    if (closing.signal.aborted) return;
    const { slug } = event.app;
    const fault = faults.take('event', slug);
    if (fault?.mode === 'lose') return;
    if (fault?.mode === 'swap' && !heldBack.has(slug)) return void heldBack.set(slug, event);
    if (fault?.delay_ms) await sleep(fault.delay_ms, undefined, { signal: closing.signal });
    await tellOnce(event);
    if (fault?.mode === 'twice') await tellOnce(event);
    const held = heldBack.get(slug);
    heldBack.delete(slug);
    if (held) await tellOnce(held);
  };

  return {
    emit(event: Emitted): void {
      const before = lines.get(event.app.slug) ?? Promise.resolve();
      const done = before.then(() => pass(event)).catch(() => undefined);
      lines.set(event.app.slug, done);
    },
    close: (): void => closing.abort(),
  };
};
export type Emit = ReturnType<typeof createEmitter>['emit'];

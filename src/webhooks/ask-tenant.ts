/** Asks the tenant what a click does. Whatever happens on the way, the user gets an answer in time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Announce } from '../events/announce.ts';
import type { JsonObject } from '../events/fields.ts';
import { type createButtonReferences, makeReferences, readReference } from '../messages/buttons.ts';
import { type ConversationName, nameOfDivarId } from '../messages/conversations.ts';
import { type Call, CallError, type Clock, type Db, type RandomBytes, type Tx } from '../ports.ts';
import type { App } from '../tenants/tenants.ts';
import {
  type ActionAnswer,
  ANSWER_TIMEOUT_MS,
  askText,
  type Click,
  fallbackAnswer,
  MAX_ANSWER_BYTES,
  PATIENCE_MS,
  readAnswer,
  renderAnswer,
} from './action.ts';
import { signatureHeaders } from './signature.ts';

export interface AskTenantDeps {
  db: Pick<Db, 'tenant'>;
  references: Pick<ReturnType<typeof createButtonReferences>, 'resolve' | 'insert'>;
  announce: Announce;
  openConversation: (tx: Tx, app: App, name: ConversationName, now: Date) => Promise<string>;
  /** The secret that `provision` gave for dynamic actions. */
  actionSecretOf: (tx: Tx, app: App) => Promise<string>;
  isAllowedUrl: (url: string) => boolean;
  /** Guarded: the tenant names the address. */
  call: Call;
  clock: Clock;
  random: RandomBytes;
  patienceMs?: number;
}

/** For the log. */
export type AskOutcome = 'answered' | 'no_address' | 'bad_answer' | 'no_answer' | 'too_late' | 'broken';

export interface Asked {
  outcome: AskOutcome;
  body: JsonObject;
  cause?: unknown;
}

export function createAskTenant(deps: AskTenantDeps) {
  const { db } = deps;

  /** What stood behind the button, told to the tenant as a click as well. */
  const open = async (tx: Tx, app: App, click: Click, now: Date) => {
    const secret = await deps.actionSecretOf(tx, app);
    const reference = readReference(click.data);
    const button = reference === undefined ? undefined : await deps.references.resolve(tx, app.id, reference);
    if (button?.kind !== 'ask') return { secret, data: click.data, messageId: undefined };
    const { messageId, data } = button;
    const conversationId = click.conversationId
      ? await deps.openConversation(tx, app, nameOfDivarId('post', click.conversationId), now)
      : null;
    await deps.announce(tx, {
      type: 'button.clicked',
      appId: app.id,
      conversationId,
      simulated: app.environment === 'sandbox',
      data: { message_id: messageId, data, session_id: null },
      now,
    });
    return { secret, data, messageId };
  };

  /** Behind a session that a click opens stands the message that was clicked. */
  const keepSession = async (
    app: App,
    { action }: ActionAnswer,
    messageId: string | undefined,
    now: Date,
  ): Promise<string | undefined> => {
    if (action == null || !('open_session' in action)) return undefined;
    if (messageId === undefined) throw new Error('a session cannot be opened from an unknown button');
    const grid = [[{ caption: '', action: { open_session: action.open_session } }]];
    const references = makeReferences({ sender: grid, receiver: [] }, deps.random);
    await db.tenant(app.tenantId, (tx) =>
      deps.references.insert(tx, { appId: app.id, messageId, references, now }),
    );
    return references[0]?.reference;
  };

  const ask = async (app: App, url: string, click: Click, requestId: string, now: Date): Promise<Asked> => {
    const { secret, data, messageId } = await db.tenant(app.tenantId, (tx) => open(tx, app, click, now));
    const body = askText(app, click, data);
    const reply = await deps.call({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        ...signatureHeaders([secret], { id: requestId, now: deps.clock.now(), body }),
      },
      body,
      timeoutMs: ANSWER_TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
    });
    const answer = readAnswer(reply, { pages: app.landing.pages, isAllowedUrl: deps.isAllowedUrl });
    if (!answer) return { outcome: 'bad_answer', body: fallbackAnswer(app) };
    return {
      outcome: 'answered',
      body: renderAnswer(answer, await keepSession(app, answer, messageId, now)),
    };
  };

  /** Never rejects, and never takes longer than its patience. */
  return async (
    app: App,
    click: Click,
    { requestId, now }: { requestId: string; now: Date },
  ): Promise<Asked> => {
    const fallback = fallbackAnswer(app);
    if (app.actionUrl === null) return { outcome: 'no_address', body: fallback };
    const asked = ask(app, app.actionUrl, click, requestId, now).catch(
      (cause): Asked => ({
        outcome: cause instanceof CallError ? 'no_answer' : 'broken',
        body: fallback,
        cause,
      }),
    );
    const done = new AbortController();
    const tooLate = sleep<Asked>(
      deps.patienceMs ?? PATIENCE_MS,
      { outcome: 'too_late', body: fallback },
      { signal: done.signal },
    ).catch(() => asked);
    return await Promise.race([asked, tooLate]).finally(() => done.abort());
  };
}

/** A visit that can be driven on from wherever it was broken off, as a person and a careful tenant would. */
import { codeOf, createBrowser, type Visited } from '../consent/setup.ts';
import type { OwnDivar } from './own-divar.ts';
import { type Api, postInit } from './visitor.ts';

/** What a visit asks the gateway for, in order. `accepted` is no request: the 202 has just come. */
export type Step = 'init' | 'open' | 'callback' | 'exchange' | 'message' | 'accepted';

export interface Visit {
  text: string;
  conversation: string;
  browser: ReturnType<typeof createBrowser>;
  /** Of the init that was answered. */
  url: string | undefined;
  /** Inits that were sent and not answered. */
  lostInitCount: number;
  sessionIds: Set<string>;
  messageIds: Set<string>;
}

export interface Driver {
  begin(): Promise<Visit>;
  /** Goes on until the message is accepted. Rejects where the gateway does not answer: call it again. */
  drive(visit: Visit): Promise<void>;
}

/** The gateway is away, or not ready yet. */
class Away extends Error {}

export function createDriver(deps: {
  app: { url: string; appId: string; key: string };
  slug: string;
  api: Api;
  divar: OwnDivar;
  /** Called when a request of this kind has been sent. */
  onStep: (step: Step) => void;
}): Driver {
  const { app, api, divar, onStep } = deps;
  let count = 0;

  const during = async <T extends { status: number }>(step: Step, request: () => Promise<T>): Promise<T> => {
    const asked = request().catch((cause) => {
      throw new Away(step, { cause });
    });
    onStep(step);
    const reply = await asked;
    if (reply.status === 503) throw new Away(step);
    return reply;
  };

  const init = async (visit: Visit): Promise<string> => {
    const users = await divar.control('GET', `/__apps/${deps.slug}/users`);
    visit.lostInitCount += 1;
    const body = {
      source: 'CHAT',
      conversation_id: visit.conversation,
      user_side: 'SUPPLY',
      user_id: users.seller,
    };
    const reply = await during('init', () => postInit(app, body));
    expect(reply.status === 200, `init answered ${reply.status}`);
    visit.lostInitCount -= 1;
    return reply.body.url;
  };

  const land = async ({ browser, url = '' }: Visit): Promise<Visited> => {
    const opened = await during('open', () => browser.open(url));
    if (!opened.location.startsWith(divar.url)) return opened;
    const decision = { url: opened.location, user: 'seller', decision: 'grant' };
    const { location } = await divar.control('POST', '/__consent', decision);
    return await during('callback', () => browser.get(location));
  };

  const send = async (visit: Visit, sessionId: string): Promise<void> => {
    const request = { session_id: sessionId, text: visit.text };
    // The same key on every try: what was accepted without our hearing of it must not be accepted twice.
    const headers = { 'idempotency-key': visit.text };
    const sent = await during('message', () => api('POST', '/v1/messages', request, headers));
    if (sent.body.code === 'idempotency_in_flight') throw new Away('message');
    expect(sent.status === 202, `message answered ${JSON.stringify(sent.body)}`);
    visit.messageIds.add(sent.body.id);
    onStep('accepted');
  };

  return {
    begin: async () => {
      count += 1;
      const text = `message ${count}`;
      const { conversation } = await divar.control('POST', '/__chats', {});
      return {
        text,
        conversation,
        browser: createBrowser(),
        url: undefined,
        lostInitCount: 0,
        sessionIds: new Set(),
        messageIds: new Set(),
      };
    },
    drive: async (visit) => {
      visit.url ??= await init(visit);
      const landed = await land(visit);
      expect(codeOf(landed) !== '', `no landing: ${landed.status} ${landed.html}`);
      const exchange = { code: codeOf(landed) };
      const exchanged = await during('exchange', () => api('POST', '/v1/sessions/exchange', exchange));
      expect(exchanged.status === 200, `exchange answered ${JSON.stringify(exchanged.body)}`);
      visit.sessionIds.add(exchanged.body.session.id);
      await send(visit, exchanged.body.session.id);
    },
  };
}

export function isAway(error: unknown): boolean {
  return error instanceof Away;
}

function expect(isTrue: boolean, otherwise: string): void {
  if (!isTrue) throw new Error(otherwise);
}

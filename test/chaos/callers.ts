/** Careful tenants, and Divar as a caller: what was not answered is asked again, with the same key or the same id. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Dice } from './dice.ts';
import type { FakeDivar } from './fake-divar.ts';
import type { RompSize } from './romp.ts';
import type { Tenant, World } from './world.ts';

export interface Accepted {
  id: string;
  tenant: Tenant;
  conversation: string;
  /** In the conversation, by when it was accepted. */
  number: number;
  text: string;
}

export interface Told {
  tenant: Tenant;
  divarMessageId: string;
}

const RETRY_MS = 150;
/** Nobody waits longer for an answer here. */
const PATIENCE_MS = 10_000;

export interface Callers {
  accepted: Accepted[];
  told: Told[];
  /** Answers that nothing explains. */
  surprises: string[];
}

/** Resolves when all messages are accepted and all events acknowledged. */
export async function callUntilAccepted(
  world: World,
  divar: FakeDivar,
  dice: Dice,
  size: Omit<RompSize, 'say'> & { inFlight: number },
): Promise<Callers> {
  const callers: Callers = { accepted: [], told: [], surprises: [] };
  const web = () => dice.pick(world.webUrls);

  const sendConversation = async (tenant: Tenant, conversationNumber: number) => {
    // Every fourth is a chatbot's, which needs no grant.
    const isBot = conversationNumber % 4 === 0;
    const conversation = `${tenant.slug}~c${conversationNumber}`;
    for (let number = 0; number < size.messages; number += 1) {
      const text = `${conversation}~m${number}`;
      const body = {
        ...(isBot
          ? { chatbot: { conversation_id: conversation } }
          : { conversation_id: conversation, grant_id: tenant.grantId }),
        text,
        on_unknown: tenant.onUnknown,
        lane: dice.pick(['reply', 'transactional', 'bulk']),
      };
      const id = await untilAnswered(async () => {
        const reply = await post(`${web()}/v1/messages`, body, {
          authorization: `Bearer ${tenant.apiKey}`,
          'idempotency-key': text,
        });
        if (reply.status === 202) return reply.body.id as string;
        if (
          ![409, 429, 503].includes(reply.status) ||
          (reply.status === 409 && reply.body.code !== 'idempotency_in_flight')
        )
          callers.surprises.push(`message: ${reply.status} ${JSON.stringify(reply.body)}`);
        return undefined;
      });
      callers.accepted.push({ id, tenant, conversation, number, text });
      await delay(dice.between(0, size.paceMs));
    }
  };

  const tellEvents = async (tenant: Tenant) => {
    for (let number = 0; number < size.events; number += 1) {
      const divarMessageId = `${tenant.slug}~e${number}`;
      const body = {
        type: 'NEW_CHATBOT_MESSAGE',
        new_chatbot_message: {
          id: divarMessageId,
          conversation: { id: `${tenant.slug}~c${dice.between(0, size.conversations - 1)}`, type: 'BOT' },
          sender: { type: 'HUMAN' },
          type: 'TEXT',
          sent_at: new Date().toISOString(),
          text: divarMessageId,
        },
      };
      await untilAnswered(async () => {
        const headers = { authorization: tenant.identificationKey };
        const reply = await post(`${web()}/e/${tenant.appId}`, body, headers);
        if (reply.status !== 200 && reply.status !== 503)
          callers.surprises.push(`event: ${reply.status} ${JSON.stringify(reply.body)}`);
        return reply.status === 200 || undefined;
      });
      callers.told.push({ tenant, divarMessageId });
      await delay(dice.between(0, size.paceMs));
    }
  };

  const jobs = world.tenants.flatMap((tenant) =>
    Array.from({ length: size.conversations }, (_, number) => () => sendConversation(tenant, number)),
  );
  jobs.sort(() => dice.throw() - 0.5);
  let isOver = false;
  const settling = settleUnknown(world, divar, () => isOver);
  await Promise.all([
    ...Array.from({ length: size.inFlight }, async () => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await job();
    }),
    ...world.tenants.map(tellEvents),
  ]);
  // What is in doubt at the end is settled by `settleRest`.
  isOver = true;
  await settling;
  return callers;
}

/** The tenants who let a conversation stop look into the chat and say what they see. */
export async function settleUnknown(world: World, divar: FakeDivar, isOver: () => boolean): Promise<void> {
  const byKey = new Map(world.tenants.map((tenant) => [tenant.appId, tenant]));
  while (!isOver()) {
    await delay(400);
    // Half a second of doubt: what a killed process had written is read by then.
    const rows = await world.query<{ id: string; app_id: string }>(
      "select id, app_id from messages where state = 'unknown' and on_unknown = 'hold' and state_at < now() - interval '500 ms' limit 50",
    );
    for (const { id, app_id: appId } of rows) {
      const tenant = byKey.get(appId);
      if (tenant === undefined) continue;
      const headers = { authorization: `Bearer ${tenant.apiKey}` };
      try {
        const [url = ''] = world.webUrls;
        const seen = await fetch(`${url}/v1/messages/${id}`, {
          headers,
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        if (seen.status !== 200) continue;
        const { text } = (await seen.json()) as { text: string };
        const isThere = divar.stored.some((one) => one.text === text);
        await post(`${url}/v1/messages/${id}/resolve`, { as: isThere ? 'sent' : 'retry' }, headers);
      } catch {
        // Away; there is another round.
      }
    }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects and fails otherwise
type Json = any;

async function post(
  url: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<{ status: number; body: Json }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

async function untilAnswered<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch {
      // Killed, or not listening yet.
    }
    await delay(RETRY_MS);
  }
}

import test from 'ava';
import { provision } from '../helpers/apps.ts';
import { openEventRoom } from '../helpers/event-room.ts';

interface ListReply {
  data: { id: string; sequence: number | null; type: string }[];
  next_cursor: string | null;
}

test.serial('is protected: without a key nothing is read', async (t) => {
  const room = await openEventRoom(t);
  const id = await room.announceOne();
  for (const path of ['/v1/events', `/v1/events/${id}`]) {
    const response = await fetch(`${room.url}${path}`);
    t.is(response.status, 401);
  }
});

test.serial(
  'an event comes back as it was announced, one by one and page by page, oldest first',
  async (t) => {
    const room = await openEventRoom(t);
    const conversationId = await room.openConversation();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1)
      ids.push(await room.announceOne({ conversationId, type: 'message.sent', data: { number: count } }));
    const { json } = await room.ask('GET', `/v1/events/${ids[0]}`);
    t.like(json, {
      id: ids[0],
      type: 'message.sent',
      app_id: room.app.id,
      conversation_id: conversationId,
      sequence: 1,
      replay_of: null,
      simulated: false,
      data: { number: 0 },
    });
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const page = (await room.ask('GET', `/v1/events?limit=2${cursor}`)).json as ListReply;
      seen.push(...page.data.map(({ id }) => id));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
    }
    t.deepEqual(seen, ids);
  },
);

test.serial(
  'the sequence of a conversation has no gap and no fork, whoever announces at the same time',
  async (t) => {
    const room = await openEventRoom(t);
    const [one, other] = [await room.openConversation('c1'), await room.openConversation('c2')];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        room
          .inTenant(async (tx) => {
            await room.announce(tx, room.newEvent({ conversationId: index % 4 === 0 ? other : one }));
            if (index % 5 === 1) throw new Error('rolled back');
          })
          .catch(() => undefined),
      ),
    );
    const events = await room.listEvents();
    const sequenceOf = (id: string) =>
      events.filter(({ conversation_id }) => conversation_id === id).map(({ sequence }) => sequence);
    t.deepEqual(
      sequenceOf(one),
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
    t.deepEqual(sequenceOf(other), [1, 2, 3, 4]);
    t.deepEqual(
      (await room.owner<{ last_position: string }>('select last_position from event_logs'))[0]?.last_position,
      '16',
    );
  },
);

test.serial(
  'a reader misses nothing of a transaction that commits late, and its event comes after what was read',
  async (t) => {
    const room = await openEventRoom(t);
    const [isAnnounced, mayCommit] = [signal(), signal()];
    const late = room.inTenant(async (tx) => {
      const id = await room.announce(tx, room.newEvent());
      isAnnounced.give();
      await mayCommit.given;
      return id;
    });
    await isAnnounced.given;
    const early = [await room.announceOne(), await room.announceOne()];
    const first = (await room.ask('GET', '/v1/events?limit=100')).json as ListReply;
    t.deepEqual(
      first.data.map(({ id }) => id),
      early,
    );
    mayCommit.give();
    const lateId = await late;
    const next = (await room.ask('GET', `/v1/events?after=${early[1]}`)).json as ListReply;
    t.deepEqual(
      next.data.map(({ id }) => id),
      [lateId],
    );
  },
);

test.serial('nobody overtakes a transaction that has its place but is not committed yet', async (t) => {
  const room = await openEventRoom(t);
  const [isPlaced, mayCommit] = [signal(), signal()];
  const first = room.inTenant(async (tx) => {
    const id = await room.announce(tx, room.newEvent());
    await tx.sql.raw('set constraints all immediate');
    isPlaced.give();
    await mayCommit.given;
    return id;
  });
  await isPlaced.given;
  const second = room.announceOne();
  t.deepEqual(await room.listEvents(), []);
  mayCommit.give();
  const ids = [await first, await second];
  t.deepEqual(
    (await room.listEvents()).map(({ id }) => id),
    ids,
  );
});

function signal() {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}

test.serial(
  'is narrowed by type, by family and by conversation, under our name or that of Divar',
  async (t) => {
    const room = await openEventRoom(t);
    const conversationId = await room.openConversation('divar-1');
    await room.announceOne({ type: 'message.sent', conversationId });
    await room.announceOne({ type: 'message.failed' });
    await room.announceOne({ type: 'session.landed', conversationId });
    const types = async (query: string) => (await room.listEvents(query)).map(({ type }) => type);
    t.deepEqual(await types('&type=message.sent'), ['message.sent']);
    t.deepEqual(await types('&type=message.*'), ['message.sent', 'message.failed']);
    t.deepEqual(await types(`&conversation_id=${conversationId}`), ['message.sent', 'session.landed']);
    t.deepEqual(await types('&conversation_id=divar-1&type=session.*'), ['session.landed']);
    t.deepEqual(await types('&conversation_id=unknown'), []);
    for (const query of ['type=nonsense', 'type=nonsense.*', 'after=evt_unknown', 'unknown=1', 'cursor=x'])
      t.is((await room.ask('GET', `/v1/events?${query}`)).status, 400);
  },
);

test.serial('people read it backwards, page by page, and by time', async (t) => {
  const room = await openEventRoom(t);
  const at = (hour: number) => new Date(Date.UTC(2026, 10, 24, hour));
  const ids: string[] = [];
  for (let hour = 0; hour < 5; hour += 1) ids.push(await room.announceOne({ now: at(hour) }));
  const seen: string[] = [];
  for (let cursor = ''; ; ) {
    const page = (await room.ask('GET', `/v1/events?order=desc&limit=2${cursor}`)).json as ListReply;
    seen.push(...page.data.map(({ id }) => id));
    if (page.next_cursor === null) break;
    cursor = `&cursor=${page.next_cursor}`;
  }
  t.deepEqual(seen, [...ids].reverse());
  const found = await room.listEvents(`&from=${at(1).toISOString()}&to=${at(3).toISOString()}`);
  t.deepEqual(
    found.map(({ id }) => id),
    [ids[1], ids[2]],
  );
  const { next_cursor: cursor } = (await room.ask('GET', '/v1/events?order=desc&limit=1')).json;
  t.is((await room.ask('GET', `/v1/events?limit=1&cursor=${cursor}`)).status, 400);
  for (const query of ['order=up', 'from=yesterday'])
    t.is((await room.ask('GET', `/v1/events?${query}`)).status, 400);
});

test.serial("another tenant's events are as unknown as none", async (t) => {
  const room = await openEventRoom(t);
  const id = await room.announceOne();
  const other = await provision(room, { tenant: { external_id: 'shop-2' } });
  await room.directory.refresh();
  const key = other.api_keys[0]?.key ?? '';
  const asOther = (path: string) =>
    fetch(`${room.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  t.is((await asOther(`/v1/events/${id}`)).status, 404);
  t.like(await (await asOther('/v1/events')).json(), { data: [] });
});

test.serial('what was said is erased after ten days, and that it was said stays', async (t) => {
  const room = await openEventRoom(t);
  const id = await room.announceOne({ data: { text: 'x' }, now: new Date(Date.now() - 11 * 86_400_000) });
  const young = await room.announceOne({ data: { text: 'x' }, now: new Date(Date.now() - 9 * 86_400_000) });
  await room.db.call('erase_event_payloads', [100]);
  t.like((await room.ask('GET', `/v1/events/${id}`)).json, { id, data: null });
  t.like((await room.ask('GET', `/v1/events/${young}`)).json, { data: { text: 'x' } });
});

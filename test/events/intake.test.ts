import test from 'ava';
import { EVENT_BODIES } from '../helpers/event-bodies.ts';
import { openEventRoom } from '../helpers/event-room.ts';

const message = (id: string, text: string, more: object = {}) =>
  JSON.stringify({
    type: 'NEW_MESSAGE',
    new_message: {
      id,
      conversation: { id: 'c1', type: 'POST' },
      sender: { side: 'BUYER', type: 'HUMAN' },
      type: 'TEXT',
      text,
      ...more,
    },
  });

const textOf = (data: unknown) => (data as { message: { text: string } }).message.text;

test.serial('is protected: a wrong key tells nothing and leaves nothing', async (t) => {
  const room = await openEventRoom(t);
  for (const authorization of ['wrong', '', `Bearer idk_9f3e77c1`])
    t.is((await room.tell(message('m1', 'x'), { authorization })).status, 401);
  t.deepEqual(await room.listEvents(), []);
  t.deepEqual(await room.owner('select * from event_keys'), []);
});

test.serial(
  'every body of the vectors is answered 200 and told once, in order, with what Divar said',
  async (t) => {
    const room = await openEventRoom(t);
    for (const { text } of EVENT_BODIES) {
      const response = await room.tell(text);
      t.is(response.status, 200);
      t.is(await response.text(), '{}');
    }
    const events = await room.listEvents();
    t.deepEqual(
      events.map(({ type }) => type as string),
      EVENT_BODIES.map(({ expected }) => expected.type),
    );
    for (const [index, { text, expected }] of EVENT_BODIES.entries()) {
      t.like(events[index]?.data, expected.data);
      const raw = events[index]?.data?.raw;
      t.deepEqual(raw, JSON.parse(text.replace('9223372036854775807', '"9223372036854775807"')));
    }
  },
);

test.serial('what is stored of a message is sealed', async (t) => {
  const room = await openEventRoom(t);
  await room.tell(message('m-planted', 'planted text'));
  for (const table of ['events', 'event_keys', 'conversations'])
    t.false(JSON.stringify(await room.owner(`select * from ${table}`)).includes('planted'));
});

test.serial(
  'what is told twice is told once to the tenant, even at the same time and in another spelling',
  async (t) => {
    const room = await openEventRoom(t);
    const spellings = ['1772353815250000', '"2026-03-01T08:30:15.250Z"', '"1772353815250"'].map((sentAt) =>
      message('m1', 'سلام').replace('"text"', `"sent_at":${sentAt},"text"`),
    );
    const responses = await Promise.all([...spellings, ...spellings].map((text) => room.tell(text)));
    t.deepEqual(
      responses.map(({ status }) => status),
      Array.from({ length: 6 }, () => 200),
    );
    t.is((await room.listEvents()).length, 1);
  },
);

test.serial('the same id with another content is kept and flagged, once', async (t) => {
  const room = await openEventRoom(t);
  for (const text of ['one', 'two', 'two', 'one']) await room.tell(message('m1', text));
  const told = (await room.listEvents()).map(
    ({ data }) => data as { message: { text: string }; conflicting?: true },
  );
  t.deepEqual(
    told.map(({ message: { text }, conflicting }) => [text, conflicting]),
    [
      ['one', undefined],
      ['two', true],
    ],
  );
});

test.serial('a body without an id of its own is one event a minute', async (t) => {
  const room = await openEventRoom(t);
  const body = '{"type":"POST_UPDATE","post_update":{"type":"PUBLISH","post":{"token":"p"}}}';
  // At the turn of a minute two of three still fall together.
  for (let count = 0; count < 3; count += 1) await room.tell(body);
  const told = (await room.listEvents()).length;
  t.true(told === 1 || told === 2);
  await room.tell(body.replace('PUBLISH', 'RETIRE'));
  t.is((await room.listEvents()).length, told + 1);
});

test.serial(
  "a message of ours that comes back is confirmed and not told, another bot's is told",
  async (t) => {
    const asked: unknown[] = [];
    const room = await openEventRoom(t, {
      intake: {
        confirmEcho: async (_, { seen }) => {
          const {
            sentAt,
            said: { text },
          } = seen;
          asked.push([text, sentAt.toISOString()]);
          return text === 'ours';
        },
      },
    });
    const ofBot = { sender: { side: 'SELLER', type: 'BOT' }, sent_at: 1772353815 };
    for (const [id, text] of [
      ['m1', 'ours'],
      ['m1', 'ours'],
      ['m2', 'theirs'],
    ] as const)
      await room.tell(message(id, text, ofBot));
    await room.tell(message('m3', 'ours'));
    t.deepEqual(asked, [
      ['ours', '2026-03-01T08:30:15.000Z'],
      ['theirs', '2026-03-01T08:30:15.000Z'],
    ]);
    t.deepEqual(
      (await room.listEvents()).map(({ data }) => (data as { message: { text: string } }).message.text),
      ['theirs', 'ours'],
    );
  },
);

test.serial('a revocation ends the grants of its user and names them', async (t) => {
  const revoked: string[] = [];
  const room = await openEventRoom(t, {
    intake: {
      revokeGrants: async (_, { divarUserId }) => {
        revoked.push(divarUserId);
        return ['grt_1', 'grt_2'];
      },
    },
  });
  await room.tell('{"type":"USER_ACCESS_REVOCATION","user_access_revocation":{"user_id":"u/1+="}}');
  t.deepEqual(revoked, ['u/1+=']);
  const [event] = await room.listEvents();
  t.is(event?.type, 'grant.revoked');
  t.like(event?.data, { user_id: 'u/1+=', grant_ids: ['grt_1', 'grt_2'] });
});

test.serial(
  'Divar is answered when it is kept, and what cannot be read stays, as a whole, until it can',
  async (t) => {
    let isBroken = true;
    const room = await openEventRoom(t, {
      intake: {
        confirmEcho: async () => {
          if (isBroken) throw new Error('planted');
          return false;
        },
      },
    });
    const ofBot = message('m1', 'x', { sender: { type: 'BOT' } });
    t.is((await room.tell(ofBot)).status, 200);
    t.deepEqual(await room.owner('select * from event_keys'), []);
    t.deepEqual(await room.owner('select * from conversations'), []);
    t.like(await room.owner('select failure_count, due_at > now() as waits from event_inbox'), [
      { failure_count: 1, waits: true },
    ]);

    isBroken = false;
    await room.owner('update event_inbox set due_at = now()');
    await room.readInbox();
    t.is((await room.listEvents()).length, 1);
    t.deepEqual(await room.owner('select * from event_inbox'), []);
  },
);

test.serial('one that cannot be read holds up no other, and their order holds', async (t) => {
  const room = await openEventRoom(t, {
    intake: {
      confirmEcho: async (_, { seen }) => {
        if (seen.divarId === 'poison') throw new Error('planted');
        return false;
      },
    },
  });
  const ofBot = (id: string) => message(id, id, { sender: { type: 'BOT' } });
  for (const id of ['m1', 'm2', 'poison', 'm3', 'm4']) t.is((await room.send(ofBot(id))).status, 200);
  await room.readInbox();
  t.deepEqual(
    (await room.listEvents()).map(({ data }) => textOf(data)),
    ['m1', 'm2', 'm3', 'm4'],
  );
  t.is((await room.owner('select * from event_inbox')).length, 1);
});

test.serial('many that come at once are each kept and told once, by however many readers', async (t) => {
  const room = await openEventRoom(t);
  const ids = Array.from({ length: 90 }, (_, index) => `m${index}`);
  const replies = await Promise.all(ids.map((id) => room.send(message(id, id))));
  t.true(replies.every(({ status }) => status === 200));
  await Promise.all([room.readInbox(), room.readInbox(), room.readInbox()]);
  await room.readInbox();
  const told = await room.listEvents();
  t.deepEqual(told.map(({ data }) => textOf(data)).sort(), ids.sort());
  t.deepEqual(await room.owner('select * from event_inbox'), []);
});

test.serial('refuses what is no object or breaks a limit, and the next good event is taken', async (t) => {
  const room = await openEventRoom(t);
  const broken: [text: string, status: number][] = [
    ['null', 400],
    ['[]', 400],
    ['"NEW_MESSAGE"', 400],
    ['{"type":', 400],
    [`{"a":${'['.repeat(100)}${']'.repeat(100)}}`, 400],
    [`{"a":"${'x'.repeat(256 * 1024)}"}`, 413],
  ];
  for (const [index, [text, status]] of broken.entries()) {
    t.is((await room.tell(text)).status, status);
    t.is((await room.tell(message(`m${index}`, 'x'))).status, 200);
  }
  t.is((await room.listEvents()).length, broken.length);
});

test.serial('text that PostgreSQL cannot hold is kept all the same', async (t) => {
  const room = await openEventRoom(t);
  const text =
    '{"type":"NEW_MESSAGE","new_message":{"id":"a\\u0000b","text":"\\ud800 \\u0000","__proto__":{"x":1}}}';
  t.is((await room.tell(text)).status, 200);
  const [event] = await room.listEvents();
  t.like(event?.data, { message: { id: 'a\0b', text: '\ud800 \0' } });
});

test.serial(
  'an address that is not of Divar is refused like a wrong key when that is enforced, for live apps',
  async (t) => {
    const enforcing = await openEventRoom(t, { addressPolicy: 'enforce' });
    const response = await enforcing.tell(message('m1', 'x'));
    t.is(response.status, 401);
    t.like(await response.json(), { code: 'unauthorized' });
    const monitoring = await openEventRoom(t, { addressPolicy: 'monitor' });
    t.is((await monitoring.tell(message('m1', 'x'))).status, 200);
    t.true(monitoring.log.lines.some(({ level }) => level === 'warn'));
    const sandbox = await openEventRoom(t, {
      addressPolicy: 'enforce',
      app: { environment: 'sandbox' },
    });
    t.is((await sandbox.tell(message('m1', 'x'))).status, 200);
    t.like(await sandbox.listEvents(), [{ simulated: true }]);
  },
);

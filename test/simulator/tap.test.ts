import test from 'ava';
import {
  answerJson,
  CONVERSATION,
  createAddon,
  P,
  PAGE,
  POST,
  SEND_SCOPE,
  SLUG,
  setup,
  U,
  V2_USER,
} from './setup.ts';

const tapWith = async (t: Parameters<typeof setup>[0], given: Record<string, unknown> = {}) => {
  const addon = await createAddon(t, answerJson({ url: PAGE }));
  const simulator = await setup(t);
  await simulator.register({ init_url: `${addon.url}/i`, ...given });
  const tap = async (fields: Record<string, unknown> = {}) =>
    (await simulator.request('POST', '/__tap', { app: SLUG, as: 'seller', kind: 'chat', ...fields })).json;
  const body = () => JSON.parse(addon.seen.at(-1)!.body.toString('utf8'));
  return { addon, simulator, tap, body };
};

const v1Reply = answerJson({ status: '200', message: 'success', url: PAGE });

test('a tap posts the session request of v2 and gives back the page', async (t) => {
  const { addon, tap, body } = await tapWith(t);
  const result = await tap();
  t.true(result.ok, JSON.stringify(result.problems));
  t.is(result.url, PAGE);
  t.is(addon.seen[0]!.headers.authorization, 'idk_9f3e77c1');
  t.is(addon.seen[0]!.headers['api-version'], '2');
  t.is(addon.seen[0]!.headers['content-type'], 'application/json');
  t.deepEqual(body(), {
    source: 'CHAT',
    post_token: POST,
    conversation_id: CONVERSATION,
    user_side: 'SUPPLY',
    user_id: V2_USER,
    extra_data: {},
  });
  t.false(JSON.stringify(result.request).includes('idk_9f3e77c1'));
});

test('a tap posts the session request of v1 with both sides and the return address', async (t) => {
  const { addon, tap, body, simulator } = await tapWith(t, { generation: 'v1' });
  addon.answer = v1Reply;
  t.true((await tap({ as: 'buyer' })).ok);
  t.is(addon.seen[0]!.headers['api-version'], undefined);
  t.deepEqual(body(), {
    callback_url: `${simulator.url}/completion`,
    post_token: POST,
    user_id: P,
    peer_id: U,
    supplier: { id: U },
    demand: { id: P },
  });
});

test('the middle generation adds the conversation to the body of v1', async (t) => {
  const { addon, tap, body } = await tapWith(t, { generation: 'mid' });
  addon.answer = v1Reply;
  t.true((await tap()).ok);
  t.is(body().conversation_id, CONVERSATION);
});

test('a location tap carries the place in v1, as numbers or strings', async (t) => {
  const { addon, tap, body } = await tapWith(t, { generation: 'v1' });
  addon.answer = v1Reply;
  await tap({ kind: 'location' });
  t.deepEqual(body().extra_data, { location: { latitude: 35.7005, longitude: 51.4012 } });
  await tap({ kind: 'location', dialect: { location_values: 'string' } });
  t.deepEqual(body().extra_data.location, { latitude: '35.7005', longitude: '51.4012' });
});

test('an anonymous tap on a post tells neither user nor side nor conversation', async (t) => {
  const { tap, body } = await tapWith(t);
  const go = async (nulls?: string) => {
    await tap({ kind: 'post_addon', as: 'anonymous', ...(nulls ? { dialect: { nulls } } : {}) });
    return body();
  };
  t.deepEqual(await go(), { source: 'POST_ADDON', post_token: POST, extra_data: {} });
  const wanted = { source: 'POST_ADDON', post_token: POST, extra_data: {} };
  t.deepEqual(await go('null'), { ...wanted, conversation_id: null, user_side: null, user_id: null });
  t.deepEqual(await go('empty'), { ...wanted, conversation_id: '', user_side: '', user_id: '' });
});

test('speaks every dialect', async (t) => {
  const { addon, tap, body } = await tapWith(t);
  await tap({
    data: { ref: 'r_01' },
    dialect: {
      version_header: 'API_VERSION',
      version_value: '3',
      key: 'bearer',
      data_key: 'both',
      side_case: 'title',
      unknown_fields: true,
      shuffle: true,
      source: 'POST_ADODN',
      content_type: 'application/json; charset=UTF-8',
      header_case: 'lower',
      return_url: 'https://divar.ir.evil.example/x',
      user_id: false,
    },
  });
  const { headers, rawHeaders } = addon.seen[0]!;
  t.is(headers.api_version, '3');
  t.is(headers['api-version'], undefined);
  t.is(headers.authorization, 'Bearer idk_9f3e77c1');
  t.is(headers['content-type'], 'application/json; charset=UTF-8');
  t.true(rawHeaders.includes('authorization'));
  t.is(body().user_side, 'Supply');
  t.is(body().source, 'POST_ADODN');
  t.is(body().return_url, 'https://divar.ir.evil.example/x');
  t.deepEqual(body().provider_data, { ref: 'r_01' });
  t.deepEqual(body().extra_data, { ref: 'r_01' });
  t.true('future_field' in body());
  t.false('user_id' in body());
});

test('writes a mark before the body, packs it, and sends a raw one as it stands', async (t) => {
  const { addon, tap } = await tapWith(t);
  await tap({ dialect: { bom: true } });
  t.is(addon.seen[0]!.body.subarray(0, 3).toString('hex'), 'efbbbf');
  await tap({ dialect: { gzip: true } });
  t.is(addon.seen[1]!.headers['content-encoding'], 'gzip');
  t.is(addon.seen[1]!.body.subarray(0, 2).toString('hex'), '1f8b');
  await tap({ raw_body: '[]', dialect: { content_type: '', key: 'missing', version_header: 'none' } });
  t.is(addon.seen[2]!.body.toString(), '[]');
  t.is(addon.seen[2]!.headers['content-type'], undefined);
  t.is(addon.seen[2]!.headers.authorization, undefined);
  await tap({ dialect: { key: 'wrong' } });
  t.not(addon.seen[3]!.headers.authorization, 'idk_9f3e77c1');
});

for (const [code, reply] of Object.entries({
  extra_field: { url: PAGE, status: '200' },
  url_missing: {},
  url_form: { url: 'http://addon.example/s/7Jq2mXo0pVt4cW9r8k1LzQ' },
  id_in_url: { url: `${PAGE}?p=${POST}` },
  secret_in_url: { url: `${PAGE}?k=idk_9f3e77c1` },
  weak_handle: { url: 'https://addon.example/s/12' },
  not_json: ['x'],
}))
  test(`finds ${code} in a reply`, async (t) => {
    const { addon, tap } = await tapWith(t);
    addon.answer = answerJson(reply);
    const result = await tap();
    t.false(result.ok);
    t.true(
      result.problems.some((one: { code: string }) => one.code === code),
      JSON.stringify(result.problems),
    );
  });

test('finds ids in an address also when they are encoded', async (t) => {
  const { addon, tap } = await tapWith(t);
  addon.answer = answerJson({ url: `${PAGE}?u=${encodeURIComponent(V2_USER)}` });
  t.is((await tap()).problems[0].code, 'id_in_url');
});

test('accepts http only on this machine', async (t) => {
  const { addon, tap } = await tapWith(t);
  addon.answer = answerJson({ url: 'http://127.0.0.1:3000/s/7Jq2mXo0pVt4cW9r8k1LzQ' });
  t.true((await tap()).ok);
  addon.answer = answerJson({ url: 'http://localhost.evil.example/s/7Jq2mXo0pVt4cW9r8k1LzQ' });
  t.false((await tap()).ok);
});

test('wants the three fields of v1, with the status as a string', async (t) => {
  const { addon, tap } = await tapWith(t, { generation: 'v1' });
  const codes = async (reply: unknown) => {
    addon.answer = answerJson(reply);
    return (await tap()).problems.map((one: { code: string }) => one.code);
  };
  t.deepEqual(await codes({ url: PAGE }), ['status_field', 'message_field']);
  t.deepEqual(await codes({ status: 200, message: 'success', url: PAGE }), ['status_field']);
  t.deepEqual(await codes({ status: '403', message: 'not available', url: PAGE }), ['refused']);
});

test('finds an error status, a redirect and a page instead of JSON', async (t) => {
  const { addon, tap } = await tapWith(t);
  addon.answer = answerJson({ title: 'wrong key' }, 401);
  const refused = await tap({ dialect: { key: 'wrong' } });
  t.deepEqual([refused.ok, refused.status, refused.problems[0].code], [false, 401, 'http_status']);
  addon.answer = (_request, response) => {
    response.writeHead(302, { location: PAGE });
    response.end();
  };
  t.is((await tap()).status, 302);
  addon.answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html>');
  };
  t.deepEqual(
    (await tap()).problems.map((one: { code: string }) => one.code),
    ['content_type', 'not_json'],
  );
});

test('gives up on an add-on that is slower than the limit or not there', async (t) => {
  const { addon, tap, simulator } = await tapWith(t);
  addon.answer = () => {};
  const slow = await tap({ timeout_ms: 50 });
  t.deepEqual([slow.ok, slow.url, slow.problems[0].code], [false, null, 'too_slow']);
  await simulator.register({ init_url: 'http://127.0.0.1:1/i' });
  t.is((await tap()).problems[0].code, 'unreachable');
});

test('a button posts its data and only its own side can press it', async (t) => {
  const { tap, simulator, body } = await tapWith(t);
  const { request, grant, api } = simulator;
  const { access_token: token } = await grant(SEND_SCOPE);
  const data = { ref: 'r_۰۱‌x' };
  await request(
    'POST',
    `/v2/open-platform/conversations/${CONVERSATION}/messages`,
    {
      message: 'سفارش',
      sender_buttons: {
        rows: [{ buttons: [{ caption: 'پیگیری', action: { open_server_link: { data } } }] }],
      },
      receiver_buttons: {
        rows: [{ buttons: [{ caption: 'پرداخت', action: { open_direct_link: 'https://addon.example/p' } }] }],
      },
    },
    api(token),
  );
  const state = (await request('GET', '/__state')).json;
  const id = state.chats.find((one: { conversation: string }) => one.conversation === CONVERSATION).sides
    .seller[0].id;
  const press = (as: string, side = as) =>
    tap({ kind: 'button', as, button: { message_id: id, side, row: 0, column: 0 } });
  const opened = await press('seller');
  t.true(opened.ok, JSON.stringify(opened));
  t.is(body().source, 'CHAT_MESSAGE_ACTION');
  t.deepEqual(body().extra_data, data);
  t.is((await press('buyer')).url, 'https://addon.example/p');
  t.truthy((await press('buyer', 'seller')).error);
  t.truthy(
    (await tap({ kind: 'button', button: { message_id: id, side: 'seller', row: 1, column: 0 } })).error,
  );
});

test('v1 wraps the data of a button', async (t) => {
  const { addon, tap, body } = await tapWith(t, { generation: 'v1' });
  addon.answer = v1Reply;
  await tap({ kind: 'button', data: { order: 'A-17' } });
  t.deepEqual(body().extra_data, { provider_data: { order: 'A-17' } });
});

test('a dynamic action tells its text and runs the action it is answered', async (t) => {
  const { addon, simulator, tap } = await tapWith(t);
  const { request, register, grant, api } = simulator;
  await register({ init_url: `${addon.url}/i`, action_url: `${addon.url}/a` });
  const { access_token: token } = await grant(SEND_SCOPE);
  const button = { caption: 'تأیید', action: { get_dynamic_action: { data: { ref: 'r_02' } } } };
  const message = { message: 'تأیید؟', sender_buttons: { rows: [{ buttons: [button] }] } };
  await request('POST', `/v2/open-platform/conversations/${CONVERSATION}/messages`, message, api(token));
  const chat = (await request('GET', '/__state')).json.chats[0];
  const press = () =>
    tap({
      kind: 'button',
      button: { message_id: chat.sides.seller[0].id, side: 'seller', row: 0, column: 0 },
    });
  const answer = (reply: unknown) => {
    addon.answer = (seen, response) => answerJson(seen.url === '/a' ? reply : { url: PAGE })(seen, response);
  };
  answer({ text_message: 'ثبت شد' });
  const told = await press();
  t.deepEqual([told.ok, told.text_message, told.url], [true, 'ثبت شد', null]);
  const sent = JSON.parse(addon.seen.at(-1)!.body.toString());
  t.deepEqual([sent.touchpoint, sent.user_side, sent.extra_data], ['CHAT', 'SUPPLY', { ref: 'r_02' }]);
  answer({ action: { open_server_link: { data: { ref: 'r_03' } } }, text_message: 'باز می‌شود' });
  const opened = await press();
  t.deepEqual([opened.ok, opened.url, opened.text_message], [true, PAGE, 'باز می‌شود']);
  answer({ action: {} });
  t.is((await press()).problems[0].code, 'action_keys');
  answer({});
  t.is((await press()).problems[0].code, 'empty_action');
  answer({ action: { get_dynamic_action: { data: {} } } });
  t.is((await press()).problems[0].code, 'action_kind');
});

test('a direct link is the fallback address with the facts of the post', async (t) => {
  const { simulator, tap } = await tapWith(t, {
    fallback_url: 'https://addon.example/start?utm_source=divar',
  });
  const { url } = await tap({ kind: 'direct_link', query: { addon_creation: 'false' } });
  const query = new URL(url).searchParams;
  t.is(query.get('utm_source'), 'divar');
  t.is(query.get('post_token'), POST);
  t.is(query.get('price.value'), '203000000.000000');
  t.is(query.get('addon_creation'), 'false');
  t.is(query.get('app_slug'), null);
  await simulator.register({ generation: 'v1', fallback_url: 'https://addon.example/start' });
  const old = new URL((await tap({ kind: 'direct_link' })).url).searchParams;
  t.is(old.get('app_slug'), SLUG);
  t.is(old.get('return_url'), `${simulator.url}/completion`);
});

test('refuses a tap on an app, post or button nobody knows', async (t) => {
  const { tap } = await tapWith(t);
  t.truthy((await tap({ app: 'nobody' })).error);
  t.truthy((await tap({ post: 'nowhere1' })).error);
  t.truthy((await tap({ kind: 'moon' })).error);
  t.truthy((await tap({ dialect: { moon: 1 } })).error);
});

test('the web view opens only what an add-on answered, and the visit ends at the completion page', async (t) => {
  const { simulator, tap } = await tapWith(t);
  const { request, authorizeUrl, url } = simulator;
  const { open } = await tap({ as: 'buyer' });
  const opened = await request('GET', open);
  t.is(opened.headers.get('location'), PAGE);
  t.is((await request('GET', '/webview/unknown')).status, 404);
  const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const page = await request('GET', authorizeUrl().slice(url.length), undefined, { cookie });
  t.regex(page.text, /value="buyer" selected/);
  const done = await request('GET', '/completion', undefined, { cookie });
  t.is(done.status, 200);
  t.true(done.text.includes('به دیوار برگشتید'));
  const state = (await request('GET', '/__state')).json;
  t.is(state.completions[0].app, SLUG);
  t.truthy(state.visits[0].completedAt);
});

test('the completion page takes no parameters, except price and status in v1', async (t) => {
  const { simulator, addon, tap } = await tapWith(t);
  const { request, register } = simulator;
  const visit = async (path: string) => {
    const opened = await request('GET', (await tap()).open);
    const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    await request('GET', path, undefined, { cookie });
    return (await request('GET', '/__state')).json.completions.at(-1);
  };
  t.deepEqual((await visit('/completion')).warnings, []);
  t.is((await visit('/completion?status=success')).warnings.length, 1);
  t.is((await visit('/completion?order=1')).warnings.length, 1);
  await register({ generation: 'v1', init_url: `${addon.url}/i` });
  addon.answer = v1Reply;
  const old = await visit('/completion?status=success&price=120000');
  t.deepEqual([old.params, old.warnings], [{ status: 'success', price: '120000' }, []]);
  t.is((await visit('/completion?status=ok&price=1.5')).warnings.length, 2);
});

test('following a tap walks through the consent in a web view of its own and ends at Divar', async (t) => {
  const { addon, simulator, tap } = await tapWith(t);
  const { register, request, url } = simulator;
  await register({ init_url: `${addon.url}/i`, redirect_uris: [`${addon.url}/cb`] });
  const authorize = new URLSearchParams({
    response_type: 'code',
    client_id: SLUG,
    redirect_uri: `${addon.url}/cb`,
    scope: `USER_ID ${SEND_SCOPE}`,
    state: 'q7Zk1s9TtYw2',
  });
  addon.answer = (seen, response) => {
    const path = seen.url.split('?')[0];
    if (path === '/i') return answerJson({ url: `${addon.url}/s/7Jq2mXo0pVt4cW9r8k1LzQ` })(seen, response);
    const known = seen.headers.cookie === 'visit=1';
    const location = path === '/cb' && known ? `${url}/completion` : `${url}/oauth2/auth?${authorize}`;
    response.writeHead(303, { location, 'set-cookie': 'visit=1; Path=/; HttpOnly' });
    response.end();
  };
  const walk = async (given: object = {}) =>
    (await request('POST', '/__follow', { open: (await tap({ as: 'buyer' })).open, ...given })).json;
  const walked = await walk();
  t.deepEqual([walked.ok, walked.returned, walked.status], [true, true, 200], JSON.stringify(walked));
  t.deepEqual(
    walked.steps.map((one: { url: string }) => new URL(one.url).pathname.split('/')[1]),
    ['webview', 's', 'oauth2', 'oauth2', 'cb', 'completion'],
  );
  const back = addon.seen.find((one) => one.url.startsWith('/cb'))!;
  t.truthy(new URL(back.url, url).searchParams.get('code'));
  t.regex(String(back.headers['user-agent']), /Android/);
  t.is(back.headers.referer, undefined);
  await walk({ decision: 'deny' });
  t.is(addon.seen.at(-1)!.url, '/cb?state=q7Zk1s9TtYw2');
  addon.answer = answerJson({ url: `${addon.url}/s/7Jq2mXo0pVt4cW9r8k1LzQ` });
  const stayed = await walk();
  t.deepEqual([stayed.ok, stayed.returned], [true, false]);
  t.is((await request('POST', '/__follow', { open: '/webview/unknown' })).status, 404);
});

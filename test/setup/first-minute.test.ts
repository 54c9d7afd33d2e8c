/** Right after a sign-up, without any account at Divar: a tap in the simulator lands on a page that works. */
import test from 'ava';
import { openPanel } from '../browser/member.ts';
import { eventually } from '../helpers/gateway.ts';
import { freePort } from '../helpers/redis.ts';

test('a visit to the sandbox app of a sign-up lands on the example page, with a key of its own', async (t) => {
  const [simulatorPort, demoPort] = [await freePort(), await freePort()];
  const simulator = `http://127.0.0.1:${simulatorPort}`;
  const panel = await openPanel(t, {
    SIMULATOR_PORT: String(simulatorPort),
    SIMULATOR_URL: simulator,
    DEMO_PORT: String(demoPort),
    EGRESS_ALLOW: '127.0.0.0/8,::1/128',
  });
  const control = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(simulator + path, { method: 'POST', headers, body: JSON.stringify(body) });
    // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects and fails otherwise
    return { status: reply.status, body: (await reply.json()) as any };
  };
  const tapped = await eventually('the simulator to know the app', async () => {
    const tap = await control('/__tap', { app: panel.app.slug, as: 'seller', kind: 'chat' });
    return tap.status === 200 && tap.body.open !== null && tap.body;
  });
  const walked = (await control('/__follow', { open: tapped.open, decision: 'grant' })).body;
  t.is(walked.status, 200, JSON.stringify(walked));
  t.is(new URL(walked.url).port, String(demoPort));
  const sessions = (await panel.owner.must('GET', `${panel.appPath}/sessions?limit=1`)).body.data;
  t.is(sessions[0].state, 'landed');
  t.is(sessions[0].consent, 'granted');
  const keys = (await panel.owner.must('GET', `${panel.appPath}/api-keys`)).body.data;
  t.deepEqual(
    keys.map(({ name }: { name: string }) => name.replace(/\w{6}$/, '')),
    ['demo-page-'],
  );
  const stranger = await fetch(
    `http://127.0.0.1:${demoPort}/?tenant=ten_00000000000000000000000000&app=sandbox`,
  );
  t.is(stranger.status, 200, 'nobody learns whether a tenant is there');
});

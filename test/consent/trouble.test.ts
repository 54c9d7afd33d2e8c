import test from 'ava';
import { queryAsOwner } from '../helpers/database.ts';
import { FAULTS, V2_USER } from './fake-divar.ts';
import { createBrowser, linksOf, startGateway, V2_SCOPES } from './setup.ts';

const AT_INIT = { consent: { when: 'init', scopes: V2_SCOPES } };

/** Every wait for a Divar that hangs is one of these; a Divar that answers does so in far less. */
const PATIENCE_MS = 2000;

async function setup(t: Parameters<typeof startGateway>[0], divarTimeoutMs?: number) {
  const gateway = await startGateway(t, { app: AT_INIT, ...(divarTimeoutMs ? { divarTimeoutMs } : {}) });
  const browser = createBrowser();
  const { id, url } = await gateway.begin({ userId: V2_USER });
  const asked = await browser.open(url);
  return { gateway, browser, id, url, asked };
}

for (const [name, fault] of Object.entries(FAULTS)) {
  for (const place of ['tokenFault', 'usersFault'] as const) {
    // The users call of this Divar gives no tokens, so a wrong shape there is only an empty user.
    if (place === 'usersFault' && ['wrong_shape', 'huge'].includes(name)) continue;
    test.serial(
      `when Divar answers ${name} (${place}) the user reads a page, nothing is kept, and it may be tried again`,
      async (t) => {
        const { gateway, browser, id, asked } = await setup(t, name === 'hang' ? PATIENCE_MS : undefined);
        gateway.divar[place] = fault;
        const answer = gateway.divar.answer(asked.location);
        const failed = await browser.get(answer);
        t.is(failed.status, 502);
        t.true(failed.html.includes('lang="fa" dir="rtl"'));
        t.true(Buffer.byteLength(failed.html) < 20_000);
        for (const secret of [
          'ory_',
          's+1',
          'divar-api-key',
          'error',
          ' at ',
          new URL(answer).searchParams.get('state') ?? '-',
        ])
          t.false(failed.html.includes(secret), secret);
        t.like(await gateway.load(id), { consent: 'failed', state: 'opened', grantId: null });
        t.is(await gateway.count('grants'), 0);
        t.is(gateway.divar.seen.filter(({ path }) => path === '/oauth2/token').length, 1);

        gateway.divar[place] = undefined;
        const [again = '', back] = linksOf(failed.html);
        t.is(back, 'https://open-platform-redirect.divar.ir/completion');
        const askedAgain = await browser.open(again);
        t.is((await browser.get(gateway.divar.answer(askedAgain.location))).status, 303);
        t.is((await gateway.load(id)).consent, 'granted');
      },
    );
  }
}

test.serial("an error of Divar's own shows our page, and opening the visit again asks again", async (t) => {
  const { gateway, browser, id, url, asked } = await setup(t);
  const failed = await browser.get(gateway.divar.answer(asked.location, 'server_error'));
  t.is(failed.status, 502);
  t.is((await gateway.load(id)).consent, 'failed');
  t.is(gateway.divar.seen.length, 0);
  t.true((await browser.open(url)).location.startsWith(gateway.divar.url));
});

test.serial('a wrong client secret is a failure like another, and is logged without it', async (t) => {
  const { gateway, browser, asked } = await setup(t);
  gateway.divar.tokenFault = (response) =>
    response.writeHead(401).end('{"error":"invalid_client","error_description":"s+1 is wrong"}');
  t.is((await browser.get(gateway.divar.answer(asked.location))).status, 502);
  const line = gateway.log.lines.find(({ message }) => message === 'consent answered');
  t.like(line?.fields, {
    outcome: 'exchange_failed',
    code: 'invalid_client',
    status: 401,
    stage: 'answered',
  });
  t.false(JSON.stringify(gateway.log.lines).includes('s+1'));
});

test.serial('a browser whose answer was spent by a process that died may go on', async (t) => {
  const { gateway, browser, id, asked } = await setup(t);
  const answer = gateway.divar.answer(asked.location);
  // As a process leaves it that dies after the state was used: nothing else is written.
  await queryAsOwner(gateway.ownerUrl, 'update oauth_states set used_at = now()');
  const reloaded = await browser.get(answer);
  t.is(reloaded.status, 400);
  const askedAgain = await browser.open(linksOf(reloaded.html)[0] ?? '');
  t.is((await browser.get(gateway.divar.answer(askedAgain.location))).status, 303);
  t.is((await gateway.load(id)).consent, 'granted');
});

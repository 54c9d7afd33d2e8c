/** The first page of a business: nothing yet, a busy day, trouble, and a gateway that does not answer; then usage. */
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { queryAsOwner } from '../helpers/database.ts';
import { goTo } from './browser.ts';
import { openPanel, type Panel, type Visitor, visitAs } from './member.ts';

type Key = Parameters<Visitor['say']>[0];
const button = ({ page, say }: Visitor, key: Key) =>
  page.getByRole('button', { name: say(key), exact: true });
const tile = ({ page, say }: Visitor, key: Key) => page.locator('.tiles > div').filter({ hasText: say(key) });

/** A week of visits, messages and deliveries, with an hour that was lost and two failures. */
async function fillWeek({ databaseUrl, tenant, app }: Panel): Promise<void> {
  const of = `'${tenant}', '${app.id}'`;
  const at = `now() - (n % 10) * interval '1 day' - (n % 7) * interval '1 hour'`;
  const id = (prefix: string) => `id_floor('${prefix}', ${at}) || lpad(n::text, 17, '0')`;
  await queryAsOwner(
    databaseUrl,
    `set session_replication_role = replica;
     update apps set created_at = now() - interval '30 days', limits = limits || '{"divar_per_day": 100}' where id = '${app.id}';
     update app_budgets set day = tehran_day(now()), day_count = 84 where app_id = '${app.id}';
     insert into messages (tenant_id, app_id, id, conversation_id, position, state, lane, on_unknown, on_missing_consent, code, created_at, final_at)
       select ${of}, ${id('msg')}, 'cnv_x', n, case when n % 40 = 0 then 'failed' else 'sent' end, 'reply', 'hold', 'fail',
         case when n % 40 = 0 then 'recipient_blocked' end, ${at}, now() from generate_series(1, 160) n;
     insert into sessions (tenant_id, app_id, id, generation, entry, simulated, facts, created_at, landed_at, launch_expires_at, expires_at)
       select ${of}, ${id('ses')}, 'v2', 'init', true, 'x', ${at}, case when n % 3 > 0 then now() end, now(), now() + interval '1 day' from generate_series(1, 90) n;
     insert into deliveries (tenant_id, app_id, id, event_id, endpoint_id, lane, state, code, created_at, final_at)
       select ${of}, ${id('dlv')}, 'evt_x', 'end_x', 'x', case when n % 50 = 0 then 'dead' else 'delivered' end,
         case when n % 50 = 0 then 'timeout' end, ${at}, now() from generate_series(1, 200) n;
     insert into alive_minutes select g from generate_series(date_trunc('minute', now()) - interval '8 days', now(), interval '1 minute') g
       where g not between now() - interval '31 hours' and now() - interval '30 hours' on conflict do nothing;
     insert into init_minutes (tenant_id, app_id, minute, call_count, ours_count, key_count, request_count, slots)
       select ${of}, date_trunc('minute', now()) - n * interval '7 minutes', 40, case when n = 90 then 20 else 0 end, 0, 0,
         array[0, 20, 10, 8, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] from generate_series(1, 1200) n on conflict do nothing`,
  );
}

for (const language of ['fa', 'en'] as const) {
  test.serial(`the overview tells a business how it goes (${language})`, async (t) => {
    const panel = await openPanel(t);
    const visitor = await visitAs(t, panel, panel.owner, language);
    const { page, say, look, goto, complaints } = visitor;
    await goto(`/t/${panel.tenant}/overview`);
    await page.getByText(say('noVisitsYet')).waitFor();
    await page.getByText(say('lostNone')).waitFor();
    await page.getByText(say('noErrorsInRange')).waitFor();
    await look('overview-empty');

    await fillWeek(panel);
    await button(visitor, 'refresh').click();
    await tile(visitor, 'messages')
      .getByText(
        say('ofWhichSent', { count: '' })
          .replace(/[\u2068\u2069]/g, '')
          .trim(),
      )
      .waitFor();
    await page
      .getByRole('navigation', { name: say('range') })
      .getByRole('link', { name: say('range7d') })
      .click();
    await page.waitForURL(/range=7d/);
    await page.getByText(say('faultAway')).first().waitFor();
    await page.getByText(say('faultOurs')).first().waitFor();
    await tile(visitor, 'availabilityWeek').getByText(say('healthBad')).waitFor();
    await tile(visitor, 'healthP99').getByText(say('healthGood')).waitFor();
    await page.getByText(say('quotaNear')).waitFor();
    t.is(await page.getByRole('meter').getAttribute('value'), '84');
    if (language === 'fa') await page.locator('.chart svg.recharts-surface').first().waitFor();
    await look('overview-week');
    // Every picture has a table, and on a phone the table comes first.
    const other = button(visitor, language === 'fa' ? 'asTable' : 'asChart').first();
    await other.click();
    await (language === 'fa'
      ? page.getByRole('table', { name: say('chartHeading') }).waitFor()
      : page.locator('.chart svg.recharts-surface').first().waitFor());
    await look('overview-other');
    await page.goBack();
    await page.waitForURL((url) => !url.search.includes('range'));
    t.deepEqual(complaints, []);
  });

  test.serial(`what does not answer says so in its own place, and comes back (${language})`, async (t) => {
    const panel = await openPanel(t);
    const visitor = await visitAs(t, panel, panel.owner, language);
    const { page, say, look, goto } = visitor;
    await page.route(/\/health(\?|$)/, (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          status: 503,
          code: 'unavailable',
          request_id: 'req_0000000000000000000000test',
        }),
      }),
    );
    await goto(`/t/${panel.tenant}/overview`);
    await page.getByText(say('failedUnavailable')).waitFor();
    await page.getByText('req_0000000000000000000000test').waitFor();
    await page.getByText(say('noVisitsYet')).waitFor();
    await look('overview-failed');
    await page.unroute(/\/health(\?|$)/);
    await button(visitor, 'retry').click();
    await page.getByText(say('lostNone')).waitFor();
    await visitor.context.setOffline(true);
    await page.getByText(say('offlineWrites')).waitFor();
    await look('offline');
    await visitor.context.setOffline(false);
    await page.getByText(say('offlineWrites')).waitFor({ state: 'detached' });
    t.pass();
  });

  test.serial(`usage is there day by day, and goes into a spreadsheet (${language})`, async (t) => {
    const panel = await openPanel(t);
    const { databaseUrl, app } = panel;
    const visitor = await visitAs(t, panel, panel.owner, language);
    const { page, say, look, goto, complaints } = visitor;
    await goto(`/t/${panel.tenant}/overview`);
    await goTo(page, say, 'usage');
    await page.getByText(say('usageEmpty')).waitFor();
    await look('usage-empty');
    await fillWeek(panel);
    // What the simulator does is no usage: the app is published for this test.
    await queryAsOwner(
      databaseUrl,
      `update apps set environment = 'live', name = '=1+1' where id = '${app.id}'`,
    );
    await page.getByRole('link', { name: say('days7') }).click();
    await page.waitForURL(/days=7/);
    await page.getByText(say('usageEmpty')).waitFor({ state: 'detached' });
    await page.getByRole('meter').waitFor();
    await look('usage');
    const coming = page.waitForEvent('download');
    await button(visitor, 'exportCsv').click();
    const text = await readFile(await (await coming).path(), 'utf8');
    t.is(text.charCodeAt(0), 0xfeff, 'a spreadsheet reads it as UTF-8');
    t.true(text.includes(`"'=1+1"`), 'a name is no formula');
    t.is(text.trim().split('\r\n').length, 8);
    t.deepEqual(complaints, []);
  });
}

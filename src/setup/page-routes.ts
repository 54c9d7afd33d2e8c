/** Public pages of an app: what becomes of a user's data, and a landing for those that have none of their own yet. */
import { Problem } from '../errors.ts';
import { renderPage } from '../http/pages.ts';
import type { PageRoute, Route } from '../http/route.ts';
import type { Db } from '../ports.ts';
import type { AppDirectory } from '../tenants/tenants.ts';
import { renderPrivacyPage } from './privacy-page.ts';
import type { SetupStore } from './store.ts';

export function createSetupPageRoutes(deps: {
  db: Pick<Db, 'tenant'>;
  directory: Pick<AppDirectory, 'find'>;
  store: Pick<SetupStore, 'find' | 'findTenantName'>;
}): Route[] {
  const privacy: PageRoute = {
    kind: 'page',
    method: 'GET',
    path: '/privacy/:app_id',
    summary: 'What an app does with the data of its users',
    handle: async ({ params, query }) => {
      const app = deps.directory.find(params.app_id ?? '');
      if (!app) throw new Problem('not_found');
      const facts = await deps.db.tenant(app.tenantId, async (tx) => ({
        tenantName: await deps.store.findTenantName(tx),
        privacy: (await deps.store.find(tx, app.id)).privacy,
      }));
      const lang = query.get('lang') === 'en' ? 'en' : 'fa';
      return { status: 200, html: renderPrivacyPage({ app, ...facts }, lang) };
    },
  };

  const landing: PageRoute = {
    kind: 'page',
    method: 'GET',
    path: '/landing',
    summary: 'The landing of apps that have no page of their own yet',
    handle: async ({ requestId }) => ({
      status: 200,
      html: renderPage({
        title: 'تا این‌جا درست بود',
        message:
          'بازدید از دیوار به پیوند رسید، ولی این برنامه هنوز صفحهٔ فرود خودش را ندارد. صاحب برنامه می‌تواند نشانی آن را در پنل، گام «سرویس شما»، بنویسد.',
        requestId,
        lang: 'fa',
      }),
    }),
  };

  return [privacy, landing];
}

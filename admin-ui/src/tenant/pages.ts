/**
 * Every page of a tenant, in the order of the menu. To add one, add its line here: the link, the heading, the permission and
 * the loading of its file when it is opened all come of it. What a page shows of one app stands in `<ChooseApp>`.
 */
import { lazyPage } from '../load/lazy-page.tsx';
import type { TenantPageLine, TenantPageProps } from './page-props.ts';

const page = lazyPage<TenantPageProps>;

export const TENANT_PAGES: readonly TenantPageLine[] = [
  {
    path: 'overview',
    name: 'overview',
    permission: 'apps.read',
    Page: page(async () => (await import('./overview-page.tsx')).OverviewPage),
  },
  // live
  {
    path: 'sessions',
    group: 'live',
    name: 'sessions',
    permission: 'traffic.read',
    Page: page(async () => (await import('../visits/sessions-page.tsx')).SessionsPage),
  },
  {
    path: 'conversations',
    group: 'live',
    name: 'conversations',
    permission: 'traffic.read',
    hasRest: true,
    Page: page(async () => (await import('../visits/conversations-page.tsx')).ConversationsPage),
  },
  {
    path: 'messages',
    group: 'live',
    name: 'messages',
    permission: 'traffic.read',
    Page: page(async () => (await import('../visits/messages-page.tsx')).MessagesPage),
  },
  {
    path: 'events',
    group: 'live',
    name: 'events',
    permission: 'traffic.read',
    hasRest: true,
    Page: page(async () => (await import('../deliveries/events-page.tsx')).EventsPage),
  },
  {
    path: 'deliveries',
    group: 'live',
    name: 'deliveries',
    permission: 'traffic.read',
    hasRest: true,
    Page: page(async () => (await import('../deliveries/deliveries-page.tsx')).DeliveriesPage),
  },
  {
    path: 'errors',
    group: 'live',
    name: 'errors',
    permission: 'errors.read',
    Page: page(async () => (await import('../errors/errors-page.tsx')).ErrorsPage),
  },
  // build
  {
    path: 'setup',
    name: 'setup',
    permission: 'apps.change',
    noMenu: true,
    Page: page(async () => (await import('../setup/setup-entry.tsx')).SetupEntry),
  },
  {
    path: 'apps/:app/setup',
    group: 'build',
    name: 'setup',
    permission: 'apps.change',
    hasRest: true,
    Page: page(async () => (await import('../setup/setup-page.tsx')).SetupPage),
  },
  {
    path: 'apps/:app/settings',
    group: 'build',
    name: 'appSettings',
    permission: 'apps.read',
    Page: page(async () => (await import('../settings/settings-page.tsx')).SettingsPage),
  },
  {
    path: 'apps/:app/simulator',
    group: 'build',
    name: 'simulatorPage',
    permission: 'simulator.use',
    Page: page(async () => (await import('../simulator/simulator-page.tsx')).SimulatorPage),
  },
  {
    path: 'webhooks',
    group: 'build',
    name: 'webhooks',
    permission: 'traffic.read',
    Page: page(async () => (await import('../deliveries/webhooks-page.tsx')).WebhooksPage),
  },
  {
    path: 'api-keys',
    group: 'build',
    name: 'apiKeys',
    permission: 'api_keys.read',
    Page: page(async () => (await import('./api-keys-page.tsx')).ApiKeysPage),
  },
  // manage
  {
    path: 'team',
    group: 'manage',
    name: 'team',
    permission: 'members.read',
    Page: page(async () => (await import('./team-page.tsx')).TeamPage),
  },
  {
    path: 'audit',
    group: 'manage',
    name: 'audit',
    permission: 'audit.read',
    Page: page(async () => (await import('./audit-page.tsx')).AuditPage),
  },
  {
    path: 'jobs',
    group: 'manage',
    name: 'jobs',
    permission: 'traffic.read',
    hasRest: true,
    Page: page(async () => (await import('../deliveries/jobs-page.tsx')).JobsPage),
  },
  {
    path: 'usage',
    group: 'manage',
    name: 'usage',
    permission: 'usage.read',
    Page: page(async () => (await import('../usage/usage-page.tsx')).UsagePage),
  },
];

export interface FoundPage {
  line: TenantPageLine;
  rest: readonly string[];
}

/** @param path what follows `/t/:tenant/`; empty: the first page */
export function findTenantPage(path: string): FoundPage | undefined {
  const parts = (path === '' ? 'overview' : path).split('/');
  for (const line of TENANT_PAGES) {
    const pattern = line.path.split('/');
    if (!pattern.every((part, index) => part === parts[index] || (part === ':app' && parts[index]))) continue;
    const rest = parts.slice(pattern.length);
    if (rest.length > 0 && !line.hasRest) continue;
    return { line, rest };
  }
  return undefined;
}

/** The address of a page; `more` begins with `/`. */
export function addressOf(tenantId: string, line: Pick<TenantPageLine, 'path'>, appId: string | undefined) {
  const path = line.path.replace(':app', appId ?? '');
  const isInPath = line.path.includes(':app');
  return `/t/${tenantId}/${path}${appId === undefined || isInPath ? '' : `?app=${appId}`}`;
}

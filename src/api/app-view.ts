/** An app as its tenant's server sees it. Test users are people and stay inside. @see CONTRACT section 6 */
import { z } from 'zod';
import { appUrls } from '../tenants/provision.ts';
import type { App } from '../tenants/tenants.ts';

export const AppView = z
  .object({
    id: z.string(),
    object: z.literal('app'),
    external_id: z.string(),
    name: z.string(),
    environment: z.enum(['live', 'sandbox']),
    generation: z.enum(['v1', 'v2']),
    slug: z.string(),
    consent: z.object({ when: z.enum(['init', 'on_demand']), scopes: z.array(z.string()) }),
    landing: z.object({
      url: z.string(),
      pages: z.record(z.string(), z.string()),
      mode: z.enum(['code', 'fragment']),
      staging_url: z.string().nullable(),
    }),
    action_url: z.string().nullable(),
    action_fallback_text: z.string().nullable(),
    limits: z.object({
      requests_per_minute: z.int(),
      divar_per_minute: z.int().nullable(),
      divar_per_day: z.int().nullable(),
    }),
    urls: z
      .object({
        init: z.string(),
        events: z.string(),
        action: z.string(),
        fallback: z.string(),
        oauth_redirect: z.string(),
      })
      .meta({ description: "What stands in Divar's panel" }),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'App' });
export type AppView = z.infer<typeof AppView>;

export function presentApp(app: App, publicUrl: string): AppView {
  const { consent, landing, limits } = app;
  return {
    id: app.id,
    object: 'app',
    external_id: app.externalId,
    name: app.name,
    environment: app.environment,
    generation: app.generation,
    slug: app.slug,
    consent: { when: consent.when, scopes: [...consent.scopes] },
    landing: {
      url: landing.url,
      pages: { ...landing.pages },
      mode: landing.mode,
      staging_url: landing.stagingUrl,
    },
    action_url: app.actionUrl,
    action_fallback_text: app.actionFallbackText,
    limits: {
      requests_per_minute: limits.requestsPerMinute,
      divar_per_minute: limits.divarPerMinute,
      divar_per_day: limits.divarPerDay,
    },
    urls: appUrls(publicUrl, app.id),
    created_at: app.createdAt.toISOString(),
  };
}

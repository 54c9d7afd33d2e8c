import { z } from 'zod';
import type { App } from './world.ts';

const HttpUrl = z.url({ protocol: /^https?$/ });

/** What `PUT /__apps/{slug}` takes: the panel settings an add-on depends on (PROTOCOL.md 0.4). */
export const Registration = z.strictObject({
  display: z.string().min(1),
  subtitle: z.string().optional(),
  description: z.string().optional(),
  generation: z.enum(['v1', 'mid', 'v2']),
  init_url: HttpUrl,
  identification_key: z.string().min(1),
  api_keys: z.array(z.strictObject({ key: z.string().min(1), permissions: z.array(z.string()).optional() })),
  /** v1 apps have none: an API key takes its place. */
  client_secret: z.string().default(''),
  redirect_uris: z.array(z.string()),
  scopes: z.array(z.string()).optional(),
  events_url: HttpUrl.optional(),
  fallback_url: HttpUrl.optional(),
  action_url: HttpUrl.optional(),
  owner: z.string().optional(),
  test_app: z.boolean().default(false),
  access_token_seconds: z.int().min(1).default(3600),
  limits: z
    .strictObject({ per_minute: z.int().min(0).optional(), per_day: z.int().min(0).optional() })
    .default({}),
});
export type Registration = z.infer<typeof Registration>;

export const createApp = (slug: string, given: Registration): App => ({
  slug,
  display: given.display,
  subtitle: given.subtitle ?? '',
  description: given.description ?? '',
  generation: given.generation,
  initUrl: given.init_url,
  identificationKey: given.identification_key,
  apiKeys: given.api_keys,
  clientSecret: given.client_secret,
  redirectUris: given.redirect_uris,
  scopes: given.scopes,
  eventsUrl: given.events_url,
  fallbackUrl: given.fallback_url,
  actionUrl: given.action_url,
  owner: given.owner,
  testApp: given.test_app,
  accessTokenSeconds: given.access_token_seconds,
  limits: { perMinute: given.limits.per_minute, perDay: given.limits.per_day },
});

/** An app without its secrets. */
export const describeApp = (app: App) => ({
  slug: app.slug,
  display: app.display,
  subtitle: app.subtitle,
  description: app.description,
  generation: app.generation,
  init_url: app.initUrl,
  redirect_uris: app.redirectUris,
  scopes: app.scopes ?? null,
  events_url: app.eventsUrl ?? null,
  fallback_url: app.fallbackUrl ?? null,
  action_url: app.actionUrl ?? null,
  permissions: app.apiKeys.map((one) => one.permissions ?? null),
  test_app: app.testApp,
  access_token_seconds: app.accessTokenSeconds,
  limits: { per_minute: app.limits.perMinute ?? null, per_day: app.limits.perDay ?? null },
});

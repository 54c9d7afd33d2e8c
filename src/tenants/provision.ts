/** What `cli provision` takes and answers. @see CONTRACT section 6 */
import { z } from 'zod';
import { Problem, type ProblemIssue } from '../errors.ts';
import { TestUser } from './tenants.ts';

const ExternalId = z.string().regex(/^[A-Za-z0-9_.-]{1,256}$/);
/** Divar's secrets are whatever Divar or the operator typed, as long as a header can carry them. */
export const DivarSecret = z
  .string()
  .regex(/^[\x21-\x7e]([\x20-\x7e]{0,510}[\x21-\x7e])?$/, 'printable ASCII, no space at the ends');
const Url = z.url({ protocol: /^https?$/ }).max(2048);
const Scope = z.string().regex(/^[A-Za-z][A-Za-z_]*(\.\S{1,200})?$/, 'SCOPE, SCOPE.<id> or SCOPE.{template}');
const PerMinute = z.int().min(1).max(1_000_000);

export const Slug = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

export const ProvisionRequest = z.strictObject({
  tenant: z.strictObject({ external_id: ExternalId, name: z.string().trim().min(1).max(200) }),
  app: z.strictObject({
    external_id: ExternalId,
    name: z.string().trim().min(1).max(200),
    environment: z.enum(['live', 'sandbox']),
    generation: z.enum(['v1', 'v2']).default('v2'),
    divar: z.strictObject({
      slug: Slug,
      api_key: DivarSecret.optional(),
      client_secret: DivarSecret.optional(),
      identification_key: DivarSecret.optional(),
    }),
    consent: z
      .strictObject({ when: z.enum(['init', 'on_demand']), scopes: z.array(Scope).max(50) })
      .default({ when: 'on_demand', scopes: [] }),
    landing: z.strictObject({
      url: Url,
      pages: z.record(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/), Url).default({}),
      mode: z.enum(['code', 'fragment']).default('code'),
      staging_url: Url.nullable().default(null),
      test_users: z.array(TestUser).max(200).default([]),
    }),
    action_url: Url.nullable().default(null),
    action_fallback_text: z.string().min(1).max(500).nullable().default(null),
    limits: z
      .strictObject({
        requests_per_minute: PerMinute.default(6000),
        divar_per_minute: PerMinute.nullable().default(null),
        divar_per_day: z.int().min(1).nullable().default(null),
      })
      .default({ requests_per_minute: 6000, divar_per_minute: null, divar_per_day: null }),
  }),
  endpoints: z
    .array(
      z.strictObject({ url: Url, events: z.array(z.string().min(1).max(64)).min(1).max(50).default(['*']) }),
    )
    .max(20)
    .default([]),
  api_keys: z
    .array(
      z.strictObject({
        name: z.string().trim().min(1).max(100),
        scopes: z
          .array(z.string().regex(/^(\*|[a-z]+:(read|write))$/))
          .min(1)
          .max(40)
          .default(['*']),
      }),
    )
    .max(20)
    .default([]),
});
export type ProvisionRequest = z.infer<typeof ProvisionRequest>;

/** Secrets stand here only in the answer to the call that made or first took them. */
export interface ProvisionReply {
  tenant: { id: string };
  app: {
    id: string;
    identification_key?: string;
    action_secret?: string;
    /** Sandbox apps without given credentials get made ones, which our simulator knows. */
    api_key?: string;
    client_secret?: string;
    urls: { init: string; events: string; action: string; fallback: string; oauth_redirect: string };
  };
  endpoints: { id: string; url: string; secret?: string }[];
  api_keys: { id: string; name: string; key?: string }[];
}

/** @throws Problem `invalid_request` with every issue: shape first, then addresses that tenants may not use. */
export function parseProvisionRequest(
  input: unknown,
  isAllowedUrl: (url: string) => boolean,
): ProvisionRequest {
  const parsed = ProvisionRequest.safeParse(input);
  if (!parsed.success) {
    throw new Problem('invalid_request', {
      issues: parsed.error.issues.map((issue) => ({
        path: issue.path.join('.'),
        code: issue.code,
        message: issue.message,
      })),
    });
  }
  const { app, endpoints } = parsed.data;
  const issues = judgeAddresses(
    [
      ['app.landing.url', app.landing.url],
      ['app.landing.staging_url', app.landing.staging_url],
      ['app.action_url', app.action_url],
      ...Object.entries(app.landing.pages).map(([name, url]) => [`app.landing.pages.${name}`, url] as const),
      ...endpoints.map(({ url }, index) => [`endpoints.${index}.url`, url] as const),
    ],
    isAllowedUrl,
  );
  if (issues.length > 0) throw new Problem('invalid_request', { issues });
  return parsed.data;
}

/** One issue for each address that tenants may not use. */
export function judgeAddresses(
  addresses: readonly (readonly [path: string, url: string | null])[],
  isAllowedUrl: (url: string) => boolean,
): ProblemIssue[] {
  return addresses
    .filter(([, url]) => url !== null && !isAllowedUrl(url))
    .map(([path]) => ({
      path,
      code: 'url_not_allowed',
      message: 'https on port 443 without user info, or an address of EGRESS_ALLOW',
    }));
}

/** Where a user lands as long as the tenant has named no page of its own: a page of ours that says so. */
export function defaultLandingUrl(publicUrl: string): string {
  return `${publicUrl}/landing`;
}

export function appUrls(publicUrl: string, appId: string): ProvisionReply['app']['urls'] {
  return {
    init: `${publicUrl}/i/${appId}`,
    events: `${publicUrl}/e/${appId}`,
    action: `${publicUrl}/a/${appId}`,
    fallback: `${publicUrl}/f/${appId}`,
    oauth_redirect: oauthRedirectUri(publicUrl, appId),
  };
}

/** One redirect address per app, so that an answer meant for one app cannot be given to another. @see RFC 9700 4.4 */
export function oauthRedirectUri(publicUrl: string, appId: string): string {
  return `${publicUrl}/oauth/${appId}/callback`;
}

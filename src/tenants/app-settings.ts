/**
 * The settings of an app in the parts that people change one at a time. Each part has a version, which follows from what it
 * says: whoever saves names the version he saw, so that nobody undoes unseen what somebody else has just changed.
 */
import { z } from 'zod';
import type { ProblemIssue } from '../errors.ts';
import { sha256Base64url } from '../http/digest.ts';
import { normalizePhone } from './phone.ts';
import { judgeAddresses, ProvisionRequest } from './provision.ts';
import type { App } from './tenants.ts';

export type AppRequest = ProvisionRequest['app'];
const fields = ProvisionRequest.shape.app.shape;
const { url, pages, mode, staging_url: stagingUrl } = fields.landing.shape;
const { when, scopes } = fields.consent.unwrap().shape;
const limits = fields.limits.unwrap().shape;

/** What everybody sees who opens the app: one line without characters that turn others around. */
export const AppName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\u202a-\u202e\u2066-\u2069\u200e\u200f]+$/u, 'one line without control characters');

/** A phone as it is typed: ۰۹…, +98…, with spaces. What is no Iranian mobile number stays as it is, and is refused. */
const TypedPhone = z.preprocess(
  (value) => (typeof value === 'string' ? (normalizePhone(value) ?? value) : value),
  z.string().regex(/^09\d{9}$/, 'an Iranian mobile number'),
);
const TypedTestUser = z.union([
  z.strictObject({ divar_user_id: z.string().trim().min(1).max(200) }),
  z.strictObject({ phone: TypedPhone }),
]);

export const APP_SECTIONS = {
  identity: z.strictObject({ name: AppName, generation: z.enum(['v1', 'v2']) }),
  consent: z.strictObject({ when, scopes }),
  landing: z.strictObject({ url, staging_url: stagingUrl, mode, pages }),
  test_users: z.strictObject({ test_users: z.array(TypedTestUser).max(200) }),
  actions: z.strictObject({
    action_url: fields.action_url,
    action_fallback_text: fields.action_fallback_text,
  }),
  limits: z.strictObject({ divar_per_minute: limits.divar_per_minute, divar_per_day: limits.divar_per_day }),
};
export type AppSection = keyof typeof APP_SECTIONS;
export type SectionValue<Name extends AppSection> = z.infer<(typeof APP_SECTIONS)[Name]>;
export type SectionValues = { [Name in AppSection]: SectionValue<Name> };

/** An app as `provision` writes it, without its secrets. */
export function requestOf(app: App): AppRequest {
  return {
    external_id: app.externalId,
    name: app.name,
    environment: app.environment,
    generation: app.generation,
    divar: { slug: app.slug },
    consent: { when: app.consent.when, scopes: [...app.consent.scopes] },
    landing: {
      url: app.landing.url,
      pages: { ...app.landing.pages },
      mode: app.landing.mode,
      staging_url: app.landing.stagingUrl,
      test_users: [...app.landing.testUsers],
    },
    action_url: app.actionUrl,
    action_fallback_text: app.actionFallbackText,
    limits: {
      requests_per_minute: app.limits.requestsPerMinute,
      divar_per_minute: app.limits.divarPerMinute,
      divar_per_day: app.limits.divarPerDay,
    },
  };
}

export function sectionsOf(app: AppRequest): SectionValues {
  const { landing } = app;
  return {
    identity: { name: app.name, generation: app.generation },
    consent: app.consent,
    landing: {
      url: landing.url,
      staging_url: landing.staging_url,
      mode: landing.mode,
      pages: landing.pages,
    },
    test_users: { test_users: landing.test_users },
    actions: { action_url: app.action_url, action_fallback_text: app.action_fallback_text },
    limits: { divar_per_minute: app.limits.divar_per_minute, divar_per_day: app.limits.divar_per_day },
  };
}

/** The app with one part of it replaced. */
export function withSection(app: AppRequest, values: Partial<SectionValues>): AppRequest {
  const { identity, consent, landing, test_users, actions, limits: changed } = values;
  return {
    ...app,
    ...identity,
    ...actions,
    consent: consent ?? app.consent,
    landing: { ...app.landing, ...landing, ...test_users },
    limits: { ...app.limits, ...changed },
  };
}

/** Addresses of a part that tenants may not use. */
export function judgeSection(
  values: Partial<SectionValues>,
  isAllowedUrl: (address: string) => boolean,
): ProblemIssue[] {
  const { landing, actions } = values;
  return judgeAddresses(
    [
      ['body.value.url', landing?.url ?? null],
      ['body.value.staging_url', landing?.staging_url ?? null],
      ...Object.entries(landing?.pages ?? {}).map(
        ([name, address]) => [`body.value.pages.${name}`, address] as const,
      ),
      ['body.value.action_url', actions?.action_url ?? null],
    ],
    isAllowedUrl,
  );
}

/** Equal values have equal versions, in whatever order their members stand. */
export function versionOf(value: unknown): string {
  return sha256Base64url(JSON.stringify(value, inOrder)).slice(0, 22);
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

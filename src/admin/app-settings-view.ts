/** The settings of an app as the panel shows them. Secrets are told by their last four characters only. */
import { z } from 'zod';
import { Kenar, Privacy, type Setup } from '../setup/setup.ts';
import type { SecretFacts } from '../tenants/app-change-store.ts';
import { requestOf, sectionsOf, versionOf } from '../tenants/app-settings.ts';
import { maskPhone } from '../tenants/phone.ts';
import { appUrls } from '../tenants/provision.ts';
import type { App, TestUser } from '../tenants/tenants.ts';

/** Kept by us, whatever the app. @see CONTRACT section 5: Kept; migrations/0011_retention.js */
const RETENTION = { message_text_hours: 72, event_payload_days: 10, visit_days: 90 } as const;

/** `version` is null for whoever may not change it. */
const section = <Value extends z.ZodType>(value: Value) =>
  z.object({ version: z.string().nullable(), value });

export const AppSettingsView = z
  .object({
    id: z.string(),
    object: z.literal('app_settings'),
    environment: z.enum(['live', 'sandbox']),
    slug: z.string(),
    external_id: z.string(),
    created_at: z.iso.datetime(),
    disabled_at: z.iso.datetime().nullable(),
    requests_per_minute: z.int(),
    urls: z.record(z.string(), z.string()),
    retention: z.object({ message_text_hours: z.int(), event_payload_days: z.int(), visit_days: z.int() }),
    sections: z.object({
      identity: section(z.object({ name: z.string(), generation: z.enum(['v1', 'v2']) })),
      consent: section(z.object({ when: z.enum(['init', 'on_demand']), scopes: z.array(z.string()) })),
      landing: section(
        z.object({
          url: z.string(),
          staging_url: z.string().nullable(),
          mode: z.enum(['code', 'fragment']),
          pages: z.record(z.string(), z.string()),
        }),
      ),
      test_users: section(z.object({ test_users: z.array(z.record(z.string(), z.string())) })),
      actions: section(
        z.object({ action_url: z.string().nullable(), action_fallback_text: z.string().nullable() }),
      ),
      limits: section(z.object({ divar_per_minute: z.int().nullable(), divar_per_day: z.int().nullable() })),
      kenar: section(Kenar),
      privacy: section(Privacy),
    }),
    secrets: z.array(
      z.object({
        kind: z.enum(['identification_key', 'api_key', 'client_secret']),
        /** 1: in use. 2: still accepted from Divar. */
        slot: z.int(),
        last4: z.string(),
        created_at: z.iso.datetime(),
        retire_at: z.iso.datetime().nullable(),
      }),
    ),
  })
  .meta({ id: 'AppSettings' });
export type AppSettingsView = z.infer<typeof AppSettingsView>;

export interface AppSettingsFacts {
  app: App;
  disabledAt: Date | null;
  setup: Setup;
  secrets: readonly SecretFacts[];
  publicUrl: string;
  /** Whoever may not change settings sees no version, no phone and nothing of secrets. */
  mayChange: boolean;
}

export function presentSettings(facts: AppSettingsFacts): AppSettingsView {
  const { app, disabledAt, setup, mayChange } = facts;
  const sections = sectionsOf(requestOf(app));
  const shown = <Value>(value: Value, seen = value) => ({
    version: mayChange ? versionOf(value) : null,
    value: mayChange ? value : seen,
  });
  const testUsers = { test_users: sections.test_users.test_users.map(maskTestUser) };
  return {
    id: app.id,
    object: 'app_settings',
    environment: app.environment,
    slug: app.slug,
    external_id: app.externalId,
    created_at: app.createdAt.toISOString(),
    disabled_at: disabledAt?.toISOString() ?? null,
    requests_per_minute: app.limits.requestsPerMinute,
    urls: appUrls(facts.publicUrl, app.id),
    retention: RETENTION,
    sections: {
      identity: shown(sections.identity),
      consent: shown(sections.consent),
      landing: shown(sections.landing),
      test_users: {
        version: mayChange ? versionOf(sections.test_users) : null,
        value: mayChange ? (sections.test_users as { test_users: Record<string, string>[] }) : testUsers,
      },
      actions: shown(sections.actions),
      limits: shown(sections.limits),
      kenar: shown(setup.kenar),
      privacy: shown(setup.privacy),
    },
    secrets: mayChange ? facts.secrets.map(presentSecret) : [],
  };
}

function maskTestUser(user: TestUser): Record<string, string> {
  return 'phone' in user ? { phone: maskPhone(user.phone) } : { divar_user_id: '•••' };
}

function presentSecret({ kind, slot, last4, createdAt, retireAt }: SecretFacts) {
  return {
    ...{ kind, slot, last4 },
    created_at: createdAt.toISOString(),
    retire_at: retireAt?.toISOString() ?? null,
  };
}

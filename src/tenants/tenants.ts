/** Who owns which app: the shapes every other room reads. @see CONTRACT section 6 */
import { z } from 'zod';

export type Generation = 'v1' | 'v2';
export type Environment = 'live' | 'sandbox';
export type SecretKind = 'identification_key' | 'api_key' | 'client_secret';

export const TestUser = z.union([
  z.strictObject({ divar_user_id: z.string().min(1).max(200) }),
  z.strictObject({ phone: z.string().regex(/^09\d{9}$/) }),
]);
export type TestUser = z.infer<typeof TestUser>;

export interface App {
  readonly tenantId: string;
  readonly id: string;
  readonly externalId: string;
  readonly name: string;
  readonly environment: Environment;
  /** How we speak to Divar; what Divar speaks to us is told apart per request. */
  readonly generation: Generation;
  readonly slug: string;
  readonly consent: { readonly when: 'init' | 'on_demand'; readonly scopes: readonly string[] };
  readonly landing: {
    readonly url: string;
    /** By button page or by `source`. */
    readonly pages: Readonly<Record<string, string>>;
    readonly mode: 'code' | 'fragment';
    readonly stagingUrl: string | null;
    readonly testUsers: readonly TestUser[];
  };
  readonly actionUrl: string | null;
  readonly actionFallbackText: string | null;
  readonly limits: {
    readonly requestsPerMinute: number;
    readonly divarPerMinute: number | null;
    readonly divarPerDay: number | null;
  };
  readonly suspended: boolean;
  readonly createdAt: Date;
  /** Changes with every change of the app. */
  readonly version: string;
}

/** The apps this process knows, all of them, in memory; at most one second behind the database. */
export interface AppDirectory {
  find(appId: string): App | undefined;
  /** The app, when it exists, is not suspended and `presented` is one of its identification keys. Same work in all cases. */
  authenticate(appId: string, presented: string | undefined): App | undefined;
  /** Opens one of the app's secrets, the one of slot 1: what we present to Divar. Throws when the app has none. */
  openSecret(app: App, kind: 'api_key' | 'client_secret'): string;
  all(): Iterable<App>;
  /** True once every app was loaded; stays true while the database is away. */
  isWarm(): boolean;
}

/** Divar's addresses for one app: sandbox apps use only the simulator, live apps only Divar. */
export interface DivarHosts {
  apiUrl: string;
  oauthUrl: string;
  uploadUrl: string;
  completionUrl: string;
  v1ApiUrl: string;
  v1OauthUrl: string;
}
export type HostsOf = (app: Pick<App, 'environment'>) => DivarHosts;

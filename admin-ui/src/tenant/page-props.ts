import type { ComponentType } from 'react';
import type { Login, TenantOfLogin } from '../api/shapes.ts';
import type { MessageKey } from '../i18n/fa.ts';

export interface TenantPageProps {
  login: Login;
  tenant: TenantOfLogin;
  /** What follows the page's own path in the address: `['ses_1']` of `/t/ten_1/sessions/ses_1`. */
  rest: readonly string[];
}

export type MenuGroup = 'live' | 'build' | 'manage';

export interface TenantPageLine {
  /** After `/t/:tenant/`. With `:app` it belongs to one app that stands in the path; all others find theirs in `?app=`. */
  path: string;
  /** Where it stands in the menu; undefined: above the groups. */
  group?: MenuGroup;
  /** Also the heading and the title. */
  name: MessageKey;
  /** A line of MAY: who has it not sees no link, and a page that says why. */
  permission: string;
  /** Reached from another page, not from the menu. */
  noMenu?: boolean;
  /** Has addresses below its own; any other page is not found there. */
  hasRest?: boolean;
  Page: ComponentType<TenantPageProps>;
}

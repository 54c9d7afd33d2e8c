import type { Role } from '../api/shapes.ts';
import type { MessageKey } from '../i18n/fa.ts';

export const ROLE_KEYS = {
  owner: 'roleOwner',
  admin: 'roleAdmin',
  developer: 'roleDeveloper',
  support: 'roleSupport',
  viewer: 'roleViewer',
} as const satisfies Record<Role, MessageKey>;

import { ROLES, type Role } from '../api/shapes.ts';
import { SelectField } from '../form/select-field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { ROLE_KEYS } from './roles.ts';

const MEANINGS = {
  owner: 'roleOwnerNote',
  admin: 'roleAdminNote',
  developer: 'roleDeveloperNote',
  support: 'roleSupportNote',
  viewer: 'roleViewerNote',
} as const;

/** Only owners make owners. */
export function RoleField({ by, defaultRole }: { by: Role; defaultRole: Role }) {
  const { t } = useLanguage();
  const roles = ROLES.filter((role) => by === 'owner' || role !== 'owner');
  return (
    <SelectField
      name="role"
      label={t('role')}
      defaultValue={defaultRole}
      options={roles.map((role) => [role, `${t(ROLE_KEYS[role])}: ${t(MEANINGS[role])}`] as const)}
    />
  );
}

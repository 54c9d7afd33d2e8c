import { call } from '../api/call.ts';
import type { Member, TenantOfLogin } from '../api/shapes.ts';
import { Form } from '../form/form.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useStepUp } from '../login/step-up.tsx';
import { Dialog } from '../show/dialog.tsx';
import { RoleField } from './role-field.tsx';

interface ChangeRoleProps {
  path: string;
  member: Member;
  tenant: TenantOfLogin;
  done(): Promise<void>;
  onClose(): void;
}

export function ChangeRole({ path, member, tenant, done, onClose }: ChangeRoleProps) {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  return (
    <Dialog title={t('roleHeading', { email: member.email })} onClose={onClose}>
      <p>{t('roleNote')}</p>
      <Form
        label={t('save')}
        run={({ role }) => withStepUp(() => call('PATCH', path, { role }))}
        done={async () => {
          await done();
          onClose();
        }}
      >
        <RoleField by={tenant.role} defaultRole={member.role} />
      </Form>
    </Dialog>
  );
}

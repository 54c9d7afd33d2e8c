import { useState } from 'react';
import { call } from '../api/call.ts';
import { Form } from '../form/form.tsx';
import { PasswordField } from '../form/password-field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useStepUp } from '../login/step-up.tsx';

export function ChangePassword() {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  const [changes, setChanges] = useState(0);
  return (
    <section aria-labelledby="password">
      <h2 id="password">{t('changePassword')}</h2>
      <p role="status">{changes === 0 ? t('changePasswordNote') : t('passwordChanged')}</p>
      <Form
        key={changes}
        label={t('changePassword')}
        run={({ current_password, password }) =>
          withStepUp(() => call('POST', '/password', { current_password, password }))
        }
        done={() => setChanges(changes + 1)}
      >
        <PasswordField name="current_password" label={t('currentPassword')} />
        <PasswordField isNew label={t('newPassword')} />
      </Form>
    </section>
  );
}

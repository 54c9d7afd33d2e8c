import { useState } from 'react';
import { call } from '../api/call.ts';
import type { App } from '../api/shapes.ts';
import { Field } from '../form/field.tsx';
import { Form } from '../form/form.tsx';
import { SelectField } from '../form/select-field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useRouter } from '../router.tsx';
import { Dialog } from '../show/dialog.tsx';
import { useCurrentApp } from '../tenant/current-app.tsx';

export function NewAppButton({ tenantId }: { tenantId: string }) {
  const { t } = useLanguage();
  const [isMaking, setMaking] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setMaking(true)}>
        {t('newAppHeading')}
      </button>
      {isMaking ? <NewApp tenantId={tenantId} onClose={() => setMaking(false)} /> : undefined}
    </>
  );
}

/** One app more; its wizard opens as soon as it is there. */
export function NewApp({ tenantId, onClose }: { tenantId: string; onClose(): void }) {
  const { t } = useLanguage();
  const { go } = useRouter();
  const current = useCurrentApp();
  const [kind, setKind] = useState('live');
  return (
    <Dialog title={t('newAppHeading')} onClose={onClose}>
      <Form<App>
        label={t('makeApp')}
        run={({ name, slug, generation }) =>
          call('POST', `/tenants/${tenantId}/apps`, {
            name,
            environment: kind,
            generation,
            ...(kind === 'live' ? { slug: slug?.trim() } : {}),
          })
        }
        done={async (app) => {
          await current?.apps.reload();
          onClose();
          go(`/t/${tenantId}/apps/${app.id}/setup/identity`);
        }}
      >
        <fieldset>
          <legend>{t('newAppKind')}</legend>
          {(['live', 'sandbox'] as const).map((one) => (
            <label key={one} className="check">
              <input
                type="radio"
                name="kind"
                value={one}
                checked={kind === one}
                onChange={() => setKind(one)}
              />{' '}
              {t(one === 'live' ? 'newAppLive' : 'newAppSandbox')}
            </label>
          ))}
        </fieldset>
        <Field name="name" label={t('newAppName')} help={t('newAppNameHelp')} dir="auto" maxLength={200} />
        {kind === 'live' ? (
          <Field
            name="slug"
            label={t('slug')}
            help={t('newAppSlugHelp')}
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            maxLength={64}
          />
        ) : undefined}
        <SelectField
          name="generation"
          label={t('generation')}
          defaultValue="v2"
          options={[
            ['v2', t('generationV2')],
            ['v1', t('generationV1')],
          ]}
        />
      </Form>
    </Dialog>
  );
}

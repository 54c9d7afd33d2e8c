import { useState } from 'react';
import { call } from '../api/call.ts';
import { Form } from '../form/form.tsx';
import { SelectField } from '../form/select-field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useStepUp } from '../login/step-up.tsx';
import { Dialog } from '../show/dialog.tsx';
import type { EndpointWithSecret } from './shapes.ts';
import { ShownSecret } from './shown-secret.tsx';

interface RotateSecretProps {
  /** Of the endpoint. */
  path: string;
  host: string;
  reload(): Promise<void>;
  onClose(): void;
}

const HOUR_SECONDS = 3600;

export function RotateSecret({ path, host, reload, onClose }: RotateSecretProps) {
  const { t } = useLanguage();
  const withStepUp = useStepUp();
  const [made, setMade] = useState<EndpointWithSecret>();
  if (made !== undefined) return <ShownSecret title={t('rotated')} secret={made.secret} onClose={onClose} />;
  return (
    <Dialog title={t('rotateHeading', { host })} onClose={onClose}>
      <Form
        label={t('rotateSecret')}
        run={({ overlap }) =>
          withStepUp(() =>
            call<EndpointWithSecret>('POST', `${path}/rotate_secret`, { overlap_seconds: Number(overlap) }),
          )
        }
        done={async (endpoint) => {
          setMade(endpoint);
          await reload();
        }}
        beside={
          <button type="button" onClick={onClose}>
            {t('cancel')}
          </button>
        }
      >
        <p>{t('rotateNote')}</p>
        <SelectField
          name="overlap"
          label={t('overlap')}
          defaultValue={String(24 * HOUR_SECONDS)}
          options={[
            ['0', t('overlapNone')],
            [String(HOUR_SECONDS), t('rotateOverlapHour')],
            [String(24 * HOUR_SECONDS), t('rotateOverlapDay')],
          ]}
        />
      </Form>
    </Dialog>
  );
}

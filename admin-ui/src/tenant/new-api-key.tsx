import { useState } from 'react';
import { call } from '../api/call.ts';
import type { ApiKeyWithSecret, App } from '../api/shapes.ts';
import { Field } from '../form/field.tsx';
import { Form } from '../form/form.tsx';
import { SelectField } from '../form/select-field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useStepUp } from '../login/step-up.tsx';
import { Copyable } from '../show/copyable.tsx';
import { Dialog } from '../show/dialog.tsx';

/** As the API names them. */
const RESOURCES = [
  'app',
  'sessions',
  'messages',
  'media',
  'conversations',
  'grants',
  'subscriptions',
  'events',
  'endpoints',
  'deliveries',
  'jobs',
  'divar',
];
/** Sixty days are what Divar advises. */
const DAYS = [30, 60, 90, 365];

interface NewApiKeyProps {
  path: string;
  onClose(): void;
  onMade(key: ApiKeyWithSecret): void;
}

export function NewApiKey({ path, onClose, onMade }: NewApiKeyProps) {
  const { t, count } = useLanguage();
  const withStepUp = useStepUp();
  const [isChoosing, setChoosing] = useState(false);
  const make = (form: FormData) => {
    const chosen = form.getAll('scope').map(String);
    const days = Number(form.get('expires_in_days'));
    return call<ApiKeyWithSecret>('POST', path, {
      name: form.get('name'),
      scopes: form.get('reach') === 'all' ? ['*'] : chosen,
      expires_in_days: days > 0 ? days : null,
    });
  };
  return (
    <Dialog title={t('makeApiKey')} onClose={onClose}>
      <Form label={t('makeKey')} run={(_values, form) => withStepUp(() => make(form))} done={onMade}>
        <Field name="name" label={t('keyName')} help={t('keyNameHelp')} dir="auto" maxLength={100} />
        <SelectField
          name="expires_in_days"
          label={t('expires')}
          defaultValue="60"
          options={[
            ...DAYS.map((days) => [String(days), t('afterDays', { count: count(days) })] as const),
            ['0', t('never')],
          ]}
        />
        <fieldset>
          <legend>{t('keyScopes')}</legend>
          <label className="check">
            <input
              type="radio"
              name="reach"
              value="all"
              checked={!isChoosing}
              onChange={() => setChoosing(false)}
            />{' '}
            {t('scopeAll')}
          </label>
          <label className="check">
            <input
              type="radio"
              name="reach"
              value="some"
              checked={isChoosing}
              onChange={() => setChoosing(true)}
            />{' '}
            {t('scopeSome')}
          </label>
          {isChoosing ? <Scopes /> : undefined}
        </fieldset>
      </Form>
    </Dialog>
  );
}

function Scopes() {
  const { t } = useLanguage();
  return (
    <ul className="scopes">
      {RESOURCES.map((resource) => (
        <li key={resource}>
          <code dir="ltr">{resource}</code>
          {(['read', 'write'] as const).map((verb) => (
            <label key={verb} className="check">
              <input
                type="checkbox"
                name="scope"
                value={`${resource}:${verb}`}
                aria-label={`${resource}: ${t(verb)}`}
              />{' '}
              {t(verb)}
            </label>
          ))}
        </li>
      ))}
    </ul>
  );
}

interface ShownKeyProps {
  made: ApiKeyWithSecret;
  app: App;
  onClose(): void;
}

/** Once: the gateway keeps only its digest. */
export function ShownKey({ made, app, onClose }: ShownKeyProps) {
  const { t } = useLanguage();
  const api = new URL('/v1/app', app.urls.init).href;
  return (
    <Dialog title={t('keyMade')}>
      <p className="note">{t('shownOnce')}</p>
      <p>
        <Copyable text={made.key} label={t('copyKey')} />
      </p>
      <h3>{t('tryKey')}</h3>
      <p>
        <Copyable text={`curl -H "Authorization: Bearer ${made.key}" ${api}`} label={t('copyCommand')} />
      </p>
      <p className="actions">
        <button type="button" className="button" onClick={onClose}>
          {t('savedIt')}
        </button>
      </p>
    </Dialog>
  );
}

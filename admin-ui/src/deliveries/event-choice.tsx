import { useState } from 'react';
import { useField } from '../form/field.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { EVENT_FAMILIES } from './words.ts';

/** All of them, or some by name. Read with `readEvents`. */
export function EventChoice({ chosen }: { chosen: readonly string[] }) {
  const { t } = useLanguage();
  const [isChoosing, setChoosing] = useState(!chosen.includes('*'));
  const { error, errorId } = useField('events');
  return (
    <fieldset aria-describedby={error === undefined ? undefined : errorId}>
      <legend>{t('endpointEvents')}</legend>
      <label className="check">
        <input
          type="radio"
          name="reach"
          value="all"
          checked={!isChoosing}
          onChange={() => setChoosing(false)}
        />{' '}
        {t('allEvents')}
      </label>
      <label className="check">
        <input
          type="radio"
          name="reach"
          value="some"
          checked={isChoosing}
          onChange={() => setChoosing(true)}
        />{' '}
        {t('someEvents')}
      </label>
      {isChoosing ? <Families chosen={chosen} /> : undefined}
      {error === undefined ? undefined : (
        <p id={errorId} className="error">
          {error}
        </p>
      )}
    </fieldset>
  );
}

/** `*`, or what is ticked. */
export function readEvents(form: FormData): string[] {
  return form.get('reach') === 'some' ? form.getAll('event').map(String) : ['*'];
}

/** A family that was chosen as one stands ticked type by type. */
function isChosen(chosen: readonly string[], type: string): boolean {
  return chosen.some(
    (filter) => filter === type || (filter.endsWith('.*') && type.startsWith(filter.slice(0, -1))),
  );
}

function Families({ chosen }: { chosen: readonly string[] }) {
  const { t } = useLanguage();
  return (
    <div className="families">
      {EVENT_FAMILIES.map(([family, types]) => (
        <fieldset key={family}>
          <legend>{t(family)}</legend>
          {types.map(([type, name]) => (
            <label key={type} className="check">
              <input type="checkbox" name="event" value={type} defaultChecked={isChosen(chosen, type)} />
              <span>
                {t(name)} <code dir="ltr">{type}</code>
              </span>
            </label>
          ))}
        </fieldset>
      ))}
    </div>
  );
}

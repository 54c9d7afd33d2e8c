/** What is chosen is applied at once and kept on the server; there is nothing to save. */
import { type ReactNode, useId, useRef, useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import type { Login } from '../api/shapes.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { formatInstant } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import type { Preferences } from '../i18n/preferences.ts';
import type { Language } from '../i18n/speak.ts';
import { useLogin } from '../login/login-state.tsx';
import { FailureNote } from '../show/failure-note.tsx';
import './account.css';

const CALENDARS = [
  ['auto', 'asLanguage'],
  ['persian', 'calendarPersian'],
  ['gregorian', 'calendarGregorian'],
] as const;
const DIGITS = [
  ['auto', 'asLanguage'],
  ['persian', 'digitsPersian'],
  ['latin', 'digitsLatin'],
] as const;
const THEMES = [
  ['system', 'themeSystem'],
  ['light', 'themeLight'],
  ['dark', 'themeDark'],
] as const;
const LANGUAGES: readonly (readonly [Language, string])[] = [
  ['fa', 'فارسی'],
  ['en', 'English'],
];

/** Iran's first, then the browser's own, then all that there are. */
function listZones(current: string): readonly string[] {
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [...new Set(['Asia/Tehran', current, own, ...Intl.supportedValuesOf('timeZone')])];
}

export function PreferencesForm({ login }: { login: Login }) {
  const { t, language, preferences, setPreferences, setLanguage } = useLanguage();
  const { refresh } = useLogin();
  const [failure, setFailure] = useState<Failure>();
  const [now] = useState(() => new Date().toISOString());
  const saving = useRef(0);

  const save = async (body: { language?: Language; preferences?: Preferences }) => {
    saving.current += 1;
    const outcome = await call('PATCH', '/me', body);
    saving.current -= 1;
    setFailure(outcome.ok ? undefined : outcome.failure);
    // What could not be kept is taken back; what is read while something else is on its way is old already.
    if (!outcome.ok) setPreferences(login.member.preferences);
    else if (saving.current === 0) await refresh();
  };
  const change = <Key extends keyof Preferences>(key: Key, value: Preferences[Key]) => {
    const next = { ...preferences, [key]: value };
    setPreferences(next);
    void save({ preferences: next });
  };
  const changeLanguage = async (next: Language) => {
    await setLanguage(next);
    await save({ language: next });
  };

  return (
    <section aria-labelledby="preferences" className="preferences">
      <h2 id="preferences">{t('accountPreferences')}</h2>
      <p>{t('preferencesNote')}</p>
      {failure === undefined ? undefined : <FailureNote failure={failure} />}
      <Choice
        label={t('language')}
        value={language}
        onChange={(value) => void changeLanguage(value as Language)}
      >
        {LANGUAGES.map(([value, name]) => (
          <option key={value} value={value} lang={value}>
            {name}
          </option>
        ))}
      </Choice>
      <Named
        label="calendar"
        of={CALENDARS}
        value={preferences.calendar}
        onChange={(v) => change('calendar', v)}
      />
      <Named label="digits" of={DIGITS} value={preferences.digits} onChange={(v) => change('digits', v)} />
      <Choice
        label={t('timeZone')}
        value={preferences.time_zone}
        onChange={(value) => change('time_zone', value)}
      >
        {listZones(preferences.time_zone).map((zone) => (
          <option key={zone} value={zone}>
            {zone}
          </option>
        ))}
      </Choice>
      <p className="help" role="status">
        {t('nowIs', { time: formatInstant(now, language) })}
      </p>
      <Named label="theme" of={THEMES} value={preferences.theme} onChange={(v) => change('theme', v)} />
      <label className="check">
        <input
          type="checkbox"
          checked={preferences.shortcuts}
          onChange={() => change('shortcuts', !preferences.shortcuts)}
        />
        {t('letterKeys')}
      </label>
      <p className="help">{t('letterKeysNote')}</p>
    </section>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  onChange(value: string): void;
  children: ReactNode;
}

function Choice({ label, value, onChange, children }: ChoiceProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {children}
      </select>
    </div>
  );
}

interface NamedProps<Value extends string> {
  label: MessageKey;
  of: readonly (readonly [Value, MessageKey])[];
  value: Value;
  onChange(value: Value): void;
}

function Named<Value extends string>({ label, of, value, onChange }: NamedProps<Value>) {
  const { t } = useLanguage();
  return (
    <Choice label={t(label)} value={value} onChange={(chosen) => onChange(chosen as Value)}>
      {of.map(([name, text]) => (
        <option key={name} value={name}>
          {t(text)}
        </option>
      ))}
    </Choice>
  );
}

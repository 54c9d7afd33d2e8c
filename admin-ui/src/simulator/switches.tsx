/** What can be made to go wrong, and how Divar words what it says. The first choice of each is the usual. */
import { useId, useState } from 'react';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import type { Desk, Settings } from './shapes.ts';

interface FaultSwitch {
  label: MessageKey;
  faults: readonly (readonly [name: string, label: MessageKey])[];
}

const FAULTS: readonly FaultSwitch[] = [
  {
    label: 'simOnSend',
    faults: [
      ['send_blocked', 'simSendBlocked'],
      ['send_quota', 'simSendQuota'],
      ['send_expired', 'simSendExpired'],
      ['send_error', 'simSendError'],
      ['send_lost', 'simSendLost'],
      ['send_slow', 'simSlow'],
    ],
  },
  {
    label: 'simOnToken',
    faults: [
      ['token_refused', 'simTokenRefused'],
      ['token_error', 'simTokenError'],
      ['token_slow', 'simSlow'],
    ],
  },
  {
    label: 'simOnEvent',
    faults: [
      ['event_twice', 'simEventTwice'],
      ['event_swapped', 'simEventSwapped'],
      ['event_lost', 'simEventLost'],
    ],
  },
  {
    label: 'simOnWebhook',
    faults: [
      ['webhook_error', 'simWebhookError'],
      ['webhook_slow', 'simWebhookSlow'],
    ],
  },
];

interface DialectSwitch {
  label: MessageKey;
  of: 'dialect' | 'event_dialect';
  name: string;
  /** The value is also what stands in Divar's messages, unless it has a name of ours. */
  choices: readonly (readonly [value: string, label?: MessageKey])[];
  usual: MessageKey | string;
}

/** Where Divar's documents disagree. */
const DIALECTS: readonly DialectSwitch[] = [
  {
    ...{ label: 'simSayVersion', of: 'dialect', name: 'version_header', usual: 'API-Version' },
    choices: [['API_VERSION'], ['both', 'simBoth'], ['none', 'simNone']],
  },
  {
    ...{ label: 'simSayData', of: 'dialect', name: 'data_key', usual: 'extra_data' },
    choices: [['provider_data'], ['both', 'simBoth']],
  },
  {
    ...{ label: 'simSaySide', of: 'dialect', name: 'side_case', usual: 'SUPPLY' },
    choices: [
      ['title', 'simSideTitle'],
      ['lower', 'simSideLower'],
    ],
  },
  {
    ...{ label: 'simSayNulls', of: 'dialect', name: 'nulls', usual: 'simMissing' },
    choices: [['null'], ['empty', 'simEmptyText']],
  },
  {
    ...{ label: 'simSaySource', of: 'dialect', name: 'source', usual: 'simUsual' },
    choices: [['POST_ADODN']],
  },
  {
    ...{ label: 'simSayHuman', of: 'event_dialect', name: 'human', usual: 'HUMAN' },
    choices: [['USER']],
  },
  {
    ...{ label: 'simSaySentAt', of: 'event_dialect', name: 'sent_at', usual: 'simMicros' },
    choices: [
      ['rfc3339', 'simIso'],
      ['millis', 'simMillis'],
      ['seconds', 'simSeconds'],
      ['none', 'simNone'],
    ],
  },
  {
    ...{ label: 'simSayMetadata', of: 'event_dialect', name: 'metadata_key', usual: 'metadata' },
    choices: [['meta_data']],
  },
  {
    ...{ label: 'simSayText', of: 'event_dialect', name: 'text_key', usual: 'text' },
    choices: [['message_text']],
  },
];

const KEY_CHOICES: readonly (readonly [string, MessageKey])[] = [
  ['wrong', 'simKeyWrong'],
  ['missing', 'simKeyMissing'],
  ['bearer', 'simKeyBearer'],
];

interface SwitchesProps {
  desk: Desk;
  isDisabled: boolean;
  /** Until it is done, and read again. */
  onChange(settings: Settings): Promise<void>;
}

export function Switches({ desk, isDisabled, onChange }: SwitchesProps) {
  const { t, count } = useLanguage();
  // What was chosen stands at once; the next choice builds on it, not on what was read before.
  const [pending, setPending] = useState<Required<Settings>>();
  const { faults, dialect, event_dialect } = desk;
  const shown = pending ?? { faults, dialect, event_dialect };
  const change = async (changes: Settings) => {
    const next = { ...shown, ...changes };
    setPending(next);
    await onChange(next);
    setPending((latest) => (latest === next ? undefined : latest));
  };
  // The key is one choice, and stands in both dialects.
  const names = new Set([...Object.keys(shown.dialect), ...Object.keys(shown.event_dialect)]);
  const setCount = names.size + shown.faults.length;
  const say = (key: string) => (key.startsWith('sim') ? t(key as MessageKey) : key);

  const setFault = ({ faults }: FaultSwitch, name: string) => {
    const own: readonly string[] = faults.map(([one]) => one);
    const others = shown.faults.filter((one) => !own.includes(one));
    void change({ faults: name === '' ? others : [...others, name] });
  };
  const withValue = (of: 'dialect' | 'event_dialect', name: string, value: string) => {
    const { [name]: _before, ...others } = shown[of];
    return { [of]: value === '' ? others : { ...others, [name]: value } };
  };

  return (
    <details className="sim-switches">
      <summary>
        {t('simSwitches')}{' '}
        {setCount > 0 ? (
          <span className="state starting">{t('simSet', { count: count(setCount) })}</span>
        ) : undefined}
      </summary>
      <h3>{t('simFaults')}</h3>
      <div className="sim-grid">
        {FAULTS.map((one) => (
          <Choice
            key={one.label}
            label={t(one.label)}
            value={one.faults.find(([name]) => shown.faults.includes(name))?.[0] ?? ''}
            choices={[['', t('simUsual')], ...one.faults.map(([name, label]) => [name, t(label)] as const)]}
            isDisabled={isDisabled}
            onChange={(name) => setFault(one, name)}
          />
        ))}
        <Choice
          label={t('simOnKey')}
          value={String(shown.dialect.key ?? '')}
          choices={[['', t('simKeyRight')], ...KEY_CHOICES.map(([name, label]) => [name, t(label)] as const)]}
          isDisabled={isDisabled}
          onChange={(value) =>
            void change({
              ...withValue('dialect', 'key', value),
              ...withValue('event_dialect', 'key', value),
            })
          }
        />
      </div>
      <h3>{t('simDialects')}</h3>
      <p className="help">{t('simDialectsNote')}</p>
      <div className="sim-grid">
        {DIALECTS.map(({ label, of, name, choices, usual }) => (
          <Choice
            key={label}
            label={t(label)}
            value={String(shown[of][name] ?? '')}
            choices={[
              ['', say(usual)],
              ...choices.map(([value, key]) => [value, key === undefined ? value : t(key)] as const),
            ]}
            isDisabled={isDisabled}
            onChange={(value) => void change(withValue(of, name, value))}
          />
        ))}
      </div>
      <button
        type="button"
        disabled={isDisabled || setCount === 0}
        onClick={() => void change({ faults: [], dialect: {}, event_dialect: {} })}
      >
        {t('simAllUsual')}
      </button>
    </details>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  choices: readonly (readonly [value: string, text: string])[];
  isDisabled: boolean;
  onChange(value: string): void;
}

function Choice({ label, value, choices, isDisabled, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        disabled={isDisabled}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {choices.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

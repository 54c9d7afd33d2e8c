import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Icon, type IconName } from './icons.tsx';
import type { PersonContent } from './shapes.ts';

/** What a person attaches. The place is the one of the simulator's own taps; phones of this range belong to nobody. */
const ATTACHMENTS: readonly [MessageKey, IconName, PersonContent][] = [
  ['simImage', 'photo', { type: 'IMAGE' }],
  ['simFile', 'file', { type: 'FILE' }],
  ['simVoice', 'voice', { type: 'VOICE' }],
  ['simVideo', 'video', { type: 'VIDEO' }],
  ['simPlace', 'place', { type: 'LOCATION', latitude: 35.7005, longitude: 51.4012 }],
  ['simContact', 'person', { type: 'CONTACT', name: 'سامان کریمی', phone: '+989990000002' }],
];

interface ChoicesProps<T> {
  isDisabled: boolean;
  onChoose(choice: T): void;
}

export function Attachments({ isDisabled, onChoose }: ChoicesProps<PersonContent>) {
  const { t } = useLanguage();
  return (
    <div className="sim-attach">
      {ATTACHMENTS.map(([key, icon, content]) => (
        <button key={key} type="button" disabled={isDisabled} onClick={() => onChoose(content)}>
          <Icon name={icon} /> {t(key)}
        </button>
      ))}
    </div>
  );
}

/** Characters of a word that starts a bot: it may end in an id. */
const SHOWN_LENGTH = 24;

/** What Divar's buttons write into the chat with a bot. */
export function Starts({
  starts,
  isDisabled,
  onChoose,
}: ChoicesProps<string> & { starts: readonly string[] }) {
  if (starts.length === 0) return null;
  return (
    <div className="sim-starts">
      {starts.map((start) => (
        <button key={start} type="button" disabled={isDisabled} onClick={() => onChoose(start)}>
          <bdi dir="ltr">{start.length > SHOWN_LENGTH ? `${start.slice(0, SHOWN_LENGTH - 1)}…` : start}</bdi>
        </button>
      ))}
    </div>
  );
}

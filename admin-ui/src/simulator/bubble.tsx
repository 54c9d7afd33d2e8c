import type { MessageKey } from '../i18n/fa.ts';
import { formatTime } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Foreign, showTurning } from '../show/foreign.tsx';
import { Icon, type IconName } from './icons.tsx';
import type { ChatButton, ChatMessage, Side } from './shapes.ts';

const ACTION_ICONS: Record<string, IconName> = {
  open_direct_link: 'external',
  open_server_link: 'window',
  get_dynamic_action: 'bolt',
  open_post_page: 'photo',
  open_post_manage_page: 'photo',
};

const MEDIA: Record<string, [IconName, MessageKey]> = {
  image: ['photo', 'simImage'],
  file: ['file', 'simFile'],
  voice: ['voice', 'simVoice'],
  video: ['video', 'simVideo'],
};

interface BubbleProps {
  message: ChatMessage;
  /** Whose phone it is on. */
  side: Side;
  isLit: boolean;
  /** Shows its hop in the trace. */
  onTrace(message: ChatMessage): void;
  onPress(button: ChatButton, row: number, column: number): void;
  isBusy: boolean;
}

export function Bubble({ message, side, isLit, onTrace, onPress, isBusy }: BubbleProps) {
  const { t, language } = useLanguage();
  const isOwn = message.side === side;
  const isApp = message.sender === 'app';
  const kind = ['bubble', isOwn && 'own', isApp && 'app', isLit && 'lit'].filter(Boolean).join(' ');
  return (
    <div className={`sim-${kind.replaceAll(' ', ' sim-')}`} data-message={message.id}>
      {isApp ? (
        <div className="sim-app-name">
          <Logo name={message.display ?? ''} />
          <Foreign text={message.display ?? ''} />
        </div>
      ) : undefined}
      <div className="sim-body">
        <Content message={message} />
        <button
          type="button"
          className="sim-meta"
          aria-label={t('simShowHop', { time: formatTime(message.sent_at, language) })}
          onClick={() => onTrace(message)}
        >
          <time dateTime={message.sent_at}>{formatTime(message.sent_at, language)}</time>
          {isOwn ? <Icon name="ticks" /> : undefined}
        </button>
      </div>
      {message.buttons.map((buttons, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a button has no name but its place
        <div className="sim-row" key={row}>
          {buttons.map((button, column) => (
            <button
              // biome-ignore lint/suspicious/noArrayIndexKey: a button has no name but its place
              key={column}
              type="button"
              aria-disabled={isBusy}
              onClick={() => onPress(button, row, column)}
            >
              <Icon name={ACTION_ICONS[button.action] ?? 'window'} />
              <Foreign text={button.caption} />
            </button>
          ))}
        </div>
      ))}
    </div>
  );
}

function Content({ message }: { message: ChatMessage }) {
  const { t } = useLanguage();
  const { media_type: media, place, contact } = message;
  if (place)
    return (
      <p className="sim-file">
        <Icon name="place" /> {t('simPlace')}
      </p>
    );
  if (contact)
    return (
      <p className="sim-file">
        <Icon name="person" /> <Foreign text={contact.name} />{' '}
        <bdi dir="ltr">{showTurning(contact.phone)}</bdi>
      </p>
    );
  const [icon, name] = MEDIA[media ?? ''] ?? [];
  return (
    <>
      {icon && name ? (
        <p className="sim-file">
          <Icon name={icon} /> {t(name)}
        </p>
      ) : undefined}
      {message.text === '' ? undefined : (
        <p className="sim-text" dir="auto">
          {showTurning(message.text)}
        </p>
      )}
    </>
  );
}

/** The picture of an add-on that has none. */
export function Logo({ name, isBig = false }: { name: string; isBig?: boolean }) {
  return (
    <span className={isBig ? 'sim-logo big' : 'sim-logo'} aria-hidden="true">
      {[...name.trim()][0] ?? '؟'}
    </span>
  );
}

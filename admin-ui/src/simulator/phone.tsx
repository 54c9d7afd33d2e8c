import { type RefObject, useRef, useState } from 'react';
import type { MessageKey } from '../i18n/fa.ts';
import { formatTime } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Foreign } from '../show/foreign.tsx';
import { AddonSheet } from './addon-sheet.tsx';
import { ChatLog } from './chat-log.tsx';
import { Composer } from './composer.tsx';
import { Icon } from './icons.tsx';
import { type MenuItem, PhoneMenu } from './phone-menu.tsx';
import type { Chat, ChatMessage, Desk, PersonContent, Side } from './shapes.ts';
import type { Simulator } from './use-simulator.ts';
import { type Toast, useTaps } from './use-taps.ts';

export const SIDE_NAMES = { seller: 'simSeller', buyer: 'simBuyer' } as const satisfies Record<
  Side,
  MessageKey
>;
const SIDE_TITLES = { seller: 'simSellerTitle', buyer: 'simBuyerTitle' } as const;

interface PhoneProps {
  side: Side;
  simulator: Simulator;
  desk: Desk;
  chat: Chat | undefined;
  /** Of the post that the bot is asked about. */
  postChat: Chat | undefined;
  /** Why nothing can be done; null: everything can. */
  trouble: string | null;
  litMessage: string | null;
  onTrace(message: ChatMessage): void;
  field: RefObject<HTMLTextAreaElement | null>;
}

export function Phone(props: PhoneProps) {
  const { side, simulator, desk, chat, postChat, trouble, litMessage, onTrace, field } = props;
  const { t } = useLanguage();
  const taps = useTaps({ simulator, side, conversation: chat?.conversation });
  const [isOpen, setOpen] = useState(false);
  const puzzle = useRef<HTMLButtonElement>(null);
  const isBot = chat?.type === 'BOT';
  // Divar keeps a chat with a bot for one person, who stands on the buyer's side of it.
  const isMine = chat !== undefined && (!isBot || chat.person === side);
  const view: Side = isBot ? 'buyer' : side;
  const name = t(SIDE_NAMES[side]);

  const closeSheet = () => {
    setOpen(false);
    puzzle.current?.focus();
  };
  const start = async () => {
    await taps.tap({ kind: 'chat' });
    closeSheet();
  };
  const send = async (content: PersonContent): Promise<boolean> => {
    const path = `/chats/${chat?.conversation}/messages`;
    const outcome = await simulator.act('POST', path, { as: side, content });
    if (!outcome.ok) taps.say(t('simNotSent'));
    return outcome.ok;
  };

  return (
    <div className="sim-phone">
      <StatusBar />
      <ChatHead
        side={side}
        desk={desk}
        chat={chat}
        items={trouble === null ? menuOf({ ...props, taps, t }) : []}
      />
      <ChatLog
        messages={isMine ? chat.sides[view] : []}
        side={view}
        label={t('simLogOf', { name })}
        note={t(isMine || chat === undefined ? 'simNoMessages' : 'simOthersChat')}
        litMessage={litMessage}
        isBusy={taps.isBusy}
        onTrace={onTrace}
        onPress={(message, _button, row, column) =>
          void taps.tap({ kind: 'button', button: { message_id: message.id, side: view, row, column } })
        }
      />
      <Composer
        side={side}
        name={name}
        isDisabled={trouble !== null || !isMine}
        onSend={send}
        starts={isBot && isMine ? startsOf(postChat) : []}
        onPuzzle={isBot ? undefined : () => setOpen(true)}
        field={field}
        puzzle={puzzle}
      />
      {isOpen ? (
        <AddonSheet app={desk.app} isBusy={taps.isBusy} onStart={() => void start()} onClose={closeSheet} />
      ) : undefined}
      <PhoneToast toast={trouble === null ? taps.toast : { text: trouble }} />
    </div>
  );
}

/** The words that Divar's buttons put into the chat with a bot. @see PROTOCOL 5.4 */
function startsOf(postChat: Chat | undefined): string[] {
  const ofPost = postChat?.post ? [`/start MY_POST ${postChat.post.token}`] : [];
  const ofChat = postChat ? [`/start CHAT ${postChat.conversation}`] : [];
  return ['/start', ...ofChat, ...ofPost];
}

function menuOf({
  side,
  simulator,
  chat,
  taps,
  t,
}: PhoneProps & { taps: ReturnType<typeof useTaps>; t: ReturnType<typeof useLanguage>['t'] }): MenuItem[] {
  const revoke: MenuItem = {
    name: 'simRevoke',
    run: async () => {
      const outcome = await simulator.act<{ revoked: number }>('POST', '/revocations', { as: side });
      if (outcome.ok) taps.say(t(outcome.value.revoked > 0 ? 'simRevoked' : 'simNothingRevoked'));
      else taps.say(t('simNotDone'));
    },
  };
  if (chat === undefined) return [revoke];
  const block: MenuItem = {
    name: chat.blocked ? 'simUnblock' : 'simBlock',
    isOn: chat.blocked,
    run: () => void simulator.act('PATCH', `/chats/${chat.conversation}`, { blocked: !chat.blocked }),
  };
  if (chat.type === 'BOT') return [block, revoke];
  return [
    { name: 'simFromPost', run: () => void taps.tap({ kind: 'post_addon' }) },
    { name: 'simDirectLink', run: () => void taps.tap({ kind: 'direct_link' }) },
    block,
    revoke,
  ];
}

function StatusBar() {
  const { language } = useLanguage();
  return (
    <div className="sim-status" aria-hidden="true">
      <span>{formatTime(new Date().toISOString(), language)}</span>
      <span>
        <Icon name="signal" />
        <Icon name="battery" />
      </span>
    </div>
  );
}

interface ChatHeadProps {
  side: Side;
  desk: Desk;
  chat: Chat | undefined;
  items: readonly MenuItem[];
}

function ChatHead({ side, desk, chat, items }: ChatHeadProps) {
  const { t, count } = useLanguage();
  const isBot = chat?.type === 'BOT';
  const peer = isBot ? desk.app.display : desk.people[side === 'seller' ? 'buyer' : 'seller'];
  const presence = chat?.blocked ? 'simBlocked' : isBot ? 'simBot' : 'simOnline';
  return (
    <>
      <div className="sim-head">
        <span className="sim-soft" aria-hidden="true">
          <Icon name="back" />
        </span>
        <span className="sim-avatar" aria-hidden="true">
          {[...peer][0]}
        </span>
        <span className="sim-peer">
          <strong>
            <Foreign text={peer} />
          </strong>
          <small>{t(presence)}</small>
        </span>
        <PhoneMenu label={t('simMore', { name: t(SIDE_NAMES[side]) })} items={items} />
      </div>
      {chat?.post ? (
        <div className="sim-post">
          <span className="sim-thumb" aria-hidden="true">
            <Icon name="photo" />
          </span>
          <span>
            <strong>
              <Foreign text={chat.post.title} />
            </strong>
            <small>{t('simPrice', { price: count(chat.post.price_toman) })}</small>
          </span>
        </div>
      ) : undefined}
    </>
  );
}

/** As Divar shows its errors: at the foot of the phone. */
function PhoneToast({ toast }: { toast: Toast | undefined }) {
  const { t } = useLanguage();
  return (
    <div className="sim-toast" role="alert">
      {toast === undefined ? undefined : (
        <p>
          <span dir="auto">{toast.text}</span>{' '}
          {toast.link === undefined ? undefined : (
            <a href={toast.link} target="_blank" rel="noopener noreferrer">
              {t('simOpenLink')}
            </a>
          )}
        </p>
      )}
    </div>
  );
}

/** The phone with its name over it. */
export function PhoneSide(props: PhoneProps) {
  const { t } = useLanguage();
  const { side, desk } = props;
  return (
    <section className={`sim-side sim-${side}`} data-side={side} aria-labelledby={`sim-title-${side}`}>
      <h2 id={`sim-title-${side}`}>
        {t(SIDE_TITLES[side])}{' '}
        <small className="sim-owner">
          <Foreign text={desk.people[side]} />
        </small>{' '}
        <span className="sim-badge">{t('simulated')}</span>
      </h2>
      <Phone {...props} />
    </section>
  );
}

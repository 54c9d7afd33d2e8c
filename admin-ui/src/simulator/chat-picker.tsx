import { useState } from 'react';
import type { Outcome } from '../api/call.ts';
import { useLanguage } from '../i18n/language.tsx';
import { showTurning } from '../show/foreign.tsx';
import { SIDE_NAMES } from './phone.tsx';
import type { Chat, Desk } from './shapes.ts';
import type { Simulator } from './use-simulator.ts';

interface ChatPickerProps {
  simulator: Simulator;
  desk: Desk;
  chat: Chat | undefined;
  isDisabled: boolean;
  onChoose(conversation: string): void;
  onDone(outcome: Outcome<unknown>): void;
}

/** Which of the app's chats the phones show; a fresh one begins without any grant. */
export function ChatPicker({ simulator, desk, chat, isDisabled, onChoose, onDone }: ChatPickerProps) {
  const { t, count } = useLanguage();
  const [isOpening, setOpening] = useState(false);
  const open = async (body: object) => {
    if (isOpening) return;
    setOpening(true);
    const outcome = await simulator.act<{ conversation: string }>('POST', '/chats', body);
    setOpening(false);
    onDone(outcome);
    if (outcome.ok) onChoose(outcome.value.conversation);
  };
  const nameOf = (one: Chat, index: number): string =>
    one.post
      ? t('simChatNamed', { number: count(index + 1), title: showTurning(one.post.title) })
      : t('simBotOf', { name: t(SIDE_NAMES[one.person ?? 'buyer']) });

  return (
    <div className="sim-picker">
      <label htmlFor="sim-chat">{t('simChat')}</label>
      <select
        id="sim-chat"
        value={chat?.conversation ?? ''}
        disabled={desk.chats.length === 0}
        onChange={(event) => onChoose(event.currentTarget.value)}
      >
        {desk.chats.map((one, index) => (
          <option key={one.conversation} value={one.conversation}>
            {nameOf(one, index)}
          </option>
        ))}
      </select>
      <button
        type="button"
        disabled={isDisabled}
        aria-disabled={isOpening}
        onClick={() => void open({ type: 'post', fresh: true })}
      >
        {t('simFreshChat')}
      </button>
      {desk.app.generation === 'v2' ? (
        <button
          type="button"
          disabled={isDisabled}
          aria-disabled={isOpening}
          onClick={() => void open({ type: 'bot', as: 'buyer' })}
        >
          {t('simOpenBot')}
        </button>
      ) : undefined}
    </div>
  );
}

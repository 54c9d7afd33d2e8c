import { Fragment, useEffect, useRef } from 'react';
import { formatDay } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Bubble } from './bubble.tsx';
import type { ChatButton, ChatMessage, Side } from './shapes.ts';

interface ChatLogProps {
  messages: readonly ChatMessage[];
  side: Side;
  label: string;
  /** Stands where there is no message yet. */
  note: string;
  litMessage: string | null;
  isBusy: boolean;
  onTrace(message: ChatMessage): void;
  onPress(message: ChatMessage, button: ChatButton, row: number, column: number): void;
}

export function ChatLog({ messages, side, label, note, litMessage, isBusy, onTrace, onPress }: ChatLogProps) {
  const { language } = useLanguage();
  const log = useRef<HTMLDivElement>(null);
  const newest = messages.at(-1)?.id;

  // biome-ignore lint/correctness/useExhaustiveDependencies: it goes to its end when something new stands there
  useEffect(() => {
    if (log.current !== null) log.current.scrollTop = log.current.scrollHeight;
  }, [newest]);
  useEffect(() => {
    if (litMessage === null) return;
    log.current?.querySelector(`[data-message="${CSS.escape(litMessage)}"]`)?.scrollIntoView({
      block: 'nearest',
    });
  }, [litMessage]);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse
    <div className="sim-log" role="log" aria-label={label} tabIndex={0} ref={log}>
      {messages.length === 0 ? <p className="sim-quiet">{note}</p> : undefined}
      {messages.map((message, index) => {
        const day = formatDay(message.sent_at, language);
        const before = messages[index - 1];
        const isNewDay = before === undefined || formatDay(before.sent_at, language) !== day;
        return (
          <Fragment key={message.id}>
            {isNewDay ? <p className="sim-day">{day}</p> : undefined}
            <Bubble
              message={message}
              side={side}
              isLit={message.id === litMessage}
              isBusy={isBusy}
              onTrace={onTrace}
              onPress={(button, row, column) => onPress(message, button, row, column)}
            />
          </Fragment>
        );
      })}
    </div>
  );
}

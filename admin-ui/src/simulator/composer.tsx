import { type KeyboardEvent, type RefObject, type SubmitEvent, useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { Attachments, Starts } from './attachments.tsx';
import { Icon } from './icons.tsx';
import type { PersonContent, Side } from './shapes.ts';

interface ComposerProps {
  side: Side;
  /** Of the phone. */
  name: string;
  isDisabled: boolean;
  /** False when it was not taken: the text stays. */
  onSend(content: PersonContent): Promise<boolean>;
  /** Words that start a bot; empty elsewhere. */
  starts: readonly string[];
  /** Undefined: no add-ons here. */
  onPuzzle: (() => void) | undefined;
  field: RefObject<HTMLTextAreaElement | null>;
  puzzle: RefObject<HTMLButtonElement | null>;
}

export function Composer(props: ComposerProps) {
  const { side, name, isDisabled, onSend, starts, onPuzzle, field, puzzle } = props;
  const { t } = useLanguage();
  const [text, setText] = useState('');
  const [isAttaching, setAttaching] = useState(false);
  const fieldId = `sim-text-${side}`;

  const send = async () => {
    const said = text.trim();
    if (said === '' || isDisabled) return;
    setText('');
    if (!(await onSend({ type: 'TEXT', text: said }))) setText(said);
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void send();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape') setAttaching(false);
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };

  return (
    <form className="sim-composer" autoComplete="off" onSubmit={submit}>
      <Starts
        starts={starts}
        isDisabled={isDisabled}
        onChoose={(text) => void onSend({ type: 'TEXT', text })}
      />
      {isAttaching ? (
        <Attachments
          isDisabled={isDisabled}
          onChoose={(content) => {
            setAttaching(false);
            void onSend(content);
          }}
        />
      ) : undefined}
      <div className="sim-line">
        <button
          type="button"
          className="sim-round"
          aria-label={t('simAttach')}
          aria-expanded={isAttaching}
          disabled={isDisabled}
          onClick={() => setAttaching(!isAttaching)}
        >
          <Icon name="clip" />
        </button>
        <label className="unseen" htmlFor={fieldId}>
          {t('simMessageOf', { name })}
        </label>
        <textarea
          id={fieldId}
          ref={field}
          rows={1}
          {...(text === '' ? {} : { dir: 'auto' })}
          maxLength={4000}
          value={text}
          disabled={isDisabled}
          placeholder={t('simWrite')}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={press}
        />
        {text.trim() === '' ? undefined : (
          <button
            type="submit"
            className="sim-round sim-send"
            aria-label={t('simSend')}
            disabled={isDisabled}
          >
            <Icon name="send" />
          </button>
        )}
        {onPuzzle === undefined ? undefined : (
          <button
            ref={puzzle}
            type="button"
            className="sim-round sim-puzzle"
            aria-label={t('simAddons')}
            aria-haspopup="dialog"
            disabled={isDisabled}
            onClick={onPuzzle}
          >
            <Icon name="puzzle" />
          </button>
        )}
      </div>
    </form>
  );
}

/** Pages, actions, and whatever a pasted id leads to, without the mouse. */
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { Dialog } from '../show/dialog.tsx';
import { foldText } from './jump.ts';
import './palette.css';

export interface PaletteItem {
  id: string;
  label: string;
  run(): void;
}

interface PaletteProps {
  items: readonly PaletteItem[];
  /** What a pasted id leads to. */
  jump(text: string): PaletteItem | undefined;
  onClose(): void;
}

export function Palette({ items, jump, onClose }: PaletteProps) {
  const { t } = useLanguage();
  const listId = useId();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [chosen, choose] = useState(0);
  // After the dialog has opened, which looks for something to focus by itself.
  useEffect(() => field.current?.focus(), []);
  const words = foldText(text).split(' ');
  const direct = jump(text);
  const matching = items.filter(({ label }) => words.every((word) => foldText(label).includes(word)));
  const found = direct === undefined ? matching : [direct];
  const index = Math.min(chosen, found.length - 1);

  const run = (item: PaletteItem | undefined) => {
    if (item === undefined) return;
    onClose();
    item.run();
  };
  const press = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) choose((index + step + found.length) % Math.max(1, found.length));
    else if (event.key === 'Enter' && !event.nativeEvent.isComposing) run(found[index]);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog title={t('paletteHeading')} onClose={onClose}>
      <input
        ref={field}
        role="combobox"
        aria-label={t('paletteLabel')}
        aria-expanded="true"
        aria-controls={listId}
        {...(found.length > 0 ? { 'aria-activedescendant': `${listId}-${index}` } : {})}
        autoComplete="off"
        spellCheck={false}
        dir="auto"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          choose(0);
        }}
        onKeyDown={press}
      />
      <div role="listbox" id={listId} aria-label={t('paletteHeading')} className="palette">
        {found.map((item, place) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus, and its arrows and Enter.
          <div
            key={item.id}
            id={`${listId}-${place}`}
            role="option"
            tabIndex={-1}
            aria-selected={place === index}
            onClick={() => run(item)}
          >
            {item.label}
          </div>
        ))}
      </div>
      <p role="status" className="help">
        {found.length === 0 ? t('paletteNothing') : t('paletteHelp')}
      </p>
    </Dialog>
  );
}

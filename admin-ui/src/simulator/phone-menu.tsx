import { useRef } from 'react';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Icon } from './icons.tsx';

export interface MenuItem {
  name: MessageKey;
  isOn?: boolean;
  run(): void;
}

/** What Divar hides behind the three dots, and what a person does elsewhere in Divar. */
export function PhoneMenu({ label, items }: { label: string; items: readonly MenuItem[] }) {
  const { t } = useLanguage();
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current !== null) menu.current.open = false;
  };
  return (
    <details
      ref={menu}
      className="sim-menu"
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) close();
      }}
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <summary aria-label={label}>
        <Icon name="dots" />
      </summary>
      <div className="sim-menu-items">
        {items.map(({ name, isOn, run }) => (
          <button
            key={name}
            type="button"
            {...(isOn === undefined ? {} : { 'aria-pressed': isOn })}
            onClick={() => {
              close();
              run();
            }}
          >
            {t(name)}
          </button>
        ))}
      </div>
    </details>
  );
}

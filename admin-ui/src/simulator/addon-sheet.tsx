/** What the puzzle opens: the add-ons of the chat, the card of one, and the button that starts it. */
import { useEffect, useRef, useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { Foreign, showTurning } from '../show/foreign.tsx';
import { Logo } from './bubble.tsx';
import { Icon } from './icons.tsx';
import type { Desk } from './shapes.ts';

interface AddonSheetProps {
  app: Desk['app'];
  isBusy: boolean;
  onStart(): void;
  onClose(): void;
}

export function AddonSheet({ app, isBusy, onStart, onClose }: AddonSheetProps) {
  const { t } = useLanguage();
  const [isChosen, setChosen] = useState(false);
  const first = useRef<HTMLButtonElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the next card begins at its own button
  useEffect(() => first.current?.focus(), [isChosen]);

  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: Escape and the button close it too */}
      <div className="sim-shade" onClick={onClose} />
      <div
        className="sim-sheet"
        role="dialog"
        aria-label={t('simAddons')}
        onKeyDown={(event) => event.key === 'Escape' && onClose()}
      >
        <div className="sim-sheet-head">
          {isChosen ? (
            <button
              type="button"
              className="sim-round"
              aria-label={t('simBackToList')}
              onClick={() => setChosen(false)}
            >
              <Icon name="back" />
            </button>
          ) : undefined}
          <strong>{isChosen ? '' : t('simAddons')}</strong>
          <button type="button" className="sim-round" aria-label={t('close')} onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        {isChosen ? (
          <div className="sim-provider">
            <Logo name={app.display} isBig />
            <strong>
              <Foreign text={app.display} />
            </strong>
            {app.subtitle === '' ? undefined : (
              <span className="sim-soft">
                <Foreign text={app.subtitle} />
              </span>
            )}
            {app.description === '' ? undefined : (
              <p className="sim-text" dir="auto">
                {showTurning(app.description)}
              </p>
            )}
            <button
              ref={first}
              type="button"
              className="sim-primary"
              aria-disabled={isBusy}
              onClick={onStart}
            >
              {t(isBusy ? 'simOpening' : 'simStart')}
            </button>
          </div>
        ) : (
          <button ref={first} type="button" className="sim-item" onClick={() => setChosen(true)}>
            <Logo name={app.display} />
            <span>
              <strong>
                <Foreign text={app.display} />
              </strong>
              {app.subtitle === '' ? undefined : (
                <small>
                  <Foreign text={app.subtitle} />
                </small>
              )}
            </span>
            <Icon name="forward" />
          </button>
        )}
      </div>
    </>
  );
}

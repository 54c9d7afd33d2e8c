import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Dialog } from '../show/dialog.tsx';
import './palette.css';

const KEYS: readonly (readonly [keys: readonly string[], does: MessageKey])[] = [
  [['Ctrl', 'K'], 'keyPalette'],
  [['/'], 'keySearch'],
  [['G', 'O'], 'keyGoOverview'],
  [['G', 'S'], 'keyGoSessions'],
  [['G', 'M'], 'keyGoMessages'],
  [['G', 'D'], 'keyGoDeliveries'],
  [['J'], 'keyNextRow'],
  [['K'], 'keyPreviousRow'],
  [['Enter'], 'keyOpenRow'],
  [['Esc'], 'keyClose'],
  [['?'], 'keyList'],
];

export function KeyList({ onClose }: { onClose(): void }) {
  const { t } = useLanguage();
  return (
    <Dialog title={t('keysHeading')} onClose={onClose}>
      <dl className="facts keys">
        {KEYS.map(([keys, does]) => (
          <div key={does} className="pair">
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(does)}</dd>
          </div>
        ))}
      </dl>
      <p className="help">{t('shortcutsNote')}</p>
    </Dialog>
  );
}

import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { PARTS, type Part } from './use-choices.ts';

const NAMES: Record<Part, MessageKey> = { seller: 'simSeller', buyer: 'simBuyer', trace: 'simTrace' };

/** On a phone there is room for one of the three. */
export function Tabs({ part, onChoose }: { part: Part; onChoose(part: Part): void }) {
  const { t } = useLanguage();
  return (
    <nav className="sim-tabs" aria-label={t('simParts')}>
      {PARTS.map((one) => (
        <button key={one} type="button" aria-pressed={one === part} onClick={() => onChoose(one)}>
          {t(NAMES[one])}
        </button>
      ))}
    </nav>
  );
}

import type { ReactNode } from 'react';
import type { TenantOfLogin } from '../api/shapes.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { ROLE_KEYS } from '../tenant/roles.ts';
import { MOODS } from './words.ts';
import './visits.css';

/** A state in a word, and in a colour besides. */
export function State<Name extends string>({ name, names }: { name: Name; names: Record<Name, MessageKey> }) {
  const { t } = useLanguage();
  return <span className={`state ${MOODS[name] ?? 'off'}`}>{t(names[name])}</span>;
}

export function SimulatedBadge() {
  const { t } = useLanguage();
  return <span className="state starting">{t('simulatedBadge')}</span>;
}

/** Something one would paste, and that may be long. */
export function Id({ text }: { text: string }) {
  return (
    <code dir="ltr" className="id">
      {text}
    </code>
  );
}

/** Name and value; what is not there is left out. */
export function Facts({ rows }: { rows: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className="facts stacked">
      {rows
        .filter(([, value]) => value !== null)
        .map(([label, value]) => (
          <div key={label} className="fact">
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** Says that something is hidden, to whom it is hidden from. */
export function MaskedNote({ tenant }: { tenant: TenantOfLogin }) {
  const { t } = useLanguage();
  if (tenant.permissions.includes('contents.read')) return null;
  return <p className="note">{t('maskedNote')}</p>;
}

interface ActionProps {
  tenant: TenantOfLogin;
  may: string;
  isDangerous?: boolean;
  isMain?: boolean;
  onClick(): void;
  children: ReactNode;
}

/** A button that stays in its place for whoever may not press it, and says why. */
export function Action({ tenant, may, isDangerous, isMain, onClick, children }: ActionProps) {
  const { t } = useLanguage();
  const isAllowed = tenant.permissions.includes(may);
  const reason = isAllowed ? undefined : t('mayNot', { role: t(ROLE_KEYS[tenant.role]) });
  const kind = isMain ? 'button' : isDangerous ? 'danger' : undefined;
  return (
    <button type="button" className={kind} disabled={!isAllowed} title={reason} onClick={onClick}>
      {children}
    </button>
  );
}

/** How long something took, in the unit that its size asks for. */
export function useDuration(): (ms: number) => string {
  const { t, count } = useLanguage();
  return (ms) => {
    if (ms < 1000) return t('tookMs', { count: count(Math.round(ms)) });
    if (ms < 100_000) return t('tookSeconds', { count: count(Math.round(ms / 100) / 10) });
    if (ms < 100 * 60_000) return t('tookMinutes', { count: count(Math.round(ms / 60_000)) });
    return t('tookHours', { count: count(Math.round(ms / 3_600_000)) });
  };
}

const SHOWN_CHARACTERS = 80;

/** The beginning of a text, for a line of a list. */
export function shorten(text: string): string {
  const signs = [...text];
  return signs.length > SHOWN_CHARACTERS ? `${signs.slice(0, SHOWN_CHARACTERS).join('')}…` : text;
}

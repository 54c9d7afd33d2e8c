import type { Range } from '../api/shapes.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Link, useRouter } from '../router.tsx';
import './health.css';

const RANGES: readonly (readonly [Range, MessageKey])[] = [
  ['24h', 'range24h'],
  ['7d', 'range7d'],
  ['30d', 'range30d'],
];

/** Stands in the address; a day unless it says otherwise. */
export function useRange(): Range {
  const { place } = useRouter();
  const given = place.query.get('range');
  return RANGES.find(([range]) => range === given)?.[0] ?? '24h';
}

/** The same address with one parameter changed. */
export function useAddressWith(): (name: string, value: string | undefined) => string {
  const { place } = useRouter();
  return (name, value) => {
    const query = new URLSearchParams(place.query);
    if (value === undefined) query.delete(name);
    else query.set(name, value);
    return place.path + (query.size > 0 ? `?${query}` : '');
  };
}

export function RangeChoice() {
  const { t } = useLanguage();
  const chosen = useRange();
  const addressWith = useAddressWith();
  return (
    <nav aria-label={t('range')} className="segments">
      {RANGES.map(([range, name]) => (
        <Link
          key={range}
          to={addressWith('range', range === '24h' ? undefined : range)}
          {...(range === chosen ? { 'aria-current': 'true' as const } : {})}
        >
          {t(name)}
        </Link>
      ))}
    </nav>
  );
}

import { type ReactNode, useId } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import type { Filters } from './use-filters.ts';

interface FilterSelectProps {
  filters: Filters;
  name: string;
  label: string;
  options: readonly (readonly [value: string, text: string])[];
  /** What no choice means. */
  any?: string;
}

export function FilterSelect({ filters, name, label, options, any }: FilterSelectProps) {
  const { t } = useLanguage();
  const id = useId();
  const value = filters.values[name] ?? '';
  const isKnown = value === '' || options.some(([option]) => option === value);
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => filters.set(name, event.currentTarget.value)}>
        <option value="">{any ?? t('filterAny')}</option>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
        {isKnown ? undefined : <option value={value}>{value}</option>}
      </select>
    </div>
  );
}

interface FilterTextProps {
  filters: Filters;
  name: string;
  label: string;
}

/** Something that is pasted, such as an id: taken when it is whole. */
export function FilterText({ filters, name, label }: FilterTextProps) {
  const id = useId();
  const value = filters.values[name] ?? '';
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <input
        key={value}
        id={id}
        dir="ltr"
        defaultValue={value}
        maxLength={200}
        spellCheck={false}
        autoComplete="off"
        onBlur={(event) => {
          const typed = event.currentTarget.value.trim();
          if (typed !== value) filters.set(name, typed);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
        }}
      />
    </div>
  );
}

/** The filters of a list, and the way back to all of it. */
export function FilterBar({ filters, children }: { filters: Filters; children: ReactNode }) {
  const { t } = useLanguage();
  return (
    <search className="filters" aria-label={t('filters')}>
      {children}
      {filters.isNarrowed ? (
        <button type="button" onClick={filters.clear}>
          {t('clearFilters')}
        </button>
      ) : undefined}
    </search>
  );
}

import { useEffect, useRef } from 'react';
import { formatExactTime } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { CopyButton } from '../show/copyable.tsx';
import { showTurning } from '../show/foreign.tsx';
import { findingOf, KINDS, SPEAKERS } from './hop-words.ts';
import { SIDE_NAMES } from './phone.tsx';
import type { Side, TraceHop } from './shapes.ts';
import { OUTCOMES } from './stations.tsx';

interface HopRowProps {
  hop: TraceHop;
  isOpen: boolean;
  onToggle(): void;
}

export function HopRow({ hop, isOpen, onToggle }: HopRowProps) {
  const { t, count, language } = useLanguage();
  const row = useRef<HTMLLIElement>(null);
  const rawId = `raw-${hop.id}`;
  const kind = KINDS[hop.kind];
  const side = SIDE_NAMES[hop.as as Side];

  useEffect(() => {
    if (isOpen) row.current?.scrollIntoView({ block: 'nearest' });
  }, [isOpen]);

  return (
    <li
      ref={row}
      className={`sim-hop ${hop.from} ${hop.outcome}${isOpen ? ' lit' : ''}`}
      data-kind={hop.kind}
    >
      <button
        type="button"
        className="sim-hop-line"
        aria-expanded={isOpen}
        aria-controls={rawId}
        onClick={onToggle}
      >
        <strong>{kind === undefined ? <bdi dir="ltr">{hop.kind}</bdi> : t(kind)}</strong>
        <span className="sim-way">{side && hop.from === 'person' ? t(side) : t(SPEAKERS[hop.from])}</span>
        <span className="sim-facts">
          <span className="sim-outcome">{t(OUTCOMES[hop.outcome])}</span>
          {hop.status === null ? undefined : <code dir="ltr">{hop.status === 0 ? '—' : hop.status}</code>}
          {hop.ms === null ? undefined : <span>{t('simMs', { count: count(Math.round(hop.ms)) })}</span>}
          <time dateTime={hop.at}>{formatExactTime(hop.at, language)}</time>
        </span>
      </button>
      {hop.detail === null ? undefined : (
        <p>
          <code dir="ltr">{showTurning(hop.detail)}</code>
        </p>
      )}
      {hop.fault === null ? undefined : (
        <p className="sim-problem">
          {t('simFaultHere')} <code dir="ltr">{hop.fault}</code>
        </p>
      )}
      {hop.problems.map((problem) => {
        const finding = findingOf(problem);
        return (
          <p className="sim-problem" key={problem}>
            {finding === undefined ? (
              <bdi dir="ltr" lang="en">
                {showTurning(problem)}
              </bdi>
            ) : (
              t(finding)
            )}
          </p>
        );
      })}
      <div id={rawId} hidden={!isOpen}>
        {isOpen ? <Raw hop={hop} /> : undefined}
      </div>
    </li>
  );
}

function Raw({ hop }: { hop: TraceHop }) {
  const { t } = useLanguage();
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse */}
      <pre dir="ltr" tabIndex={0}>
        <code>{showTurning(hop.raw)}</code>
      </pre>
      <CopyButton text={hop.raw} label={t('simCopyRaw')} />
    </>
  );
}

/** Between the phones: every step between Divar, the gateway and the business, oldest first. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';
import { HopRow } from './hop-row.tsx';
import type { TraceHop } from './shapes.ts';
import { Stations } from './stations.tsx';

/** How near to its end a list counts as being there. */
const NEAR_PX = 48;

interface TraceProps {
  trace: readonly TraceHop[];
  openHop: string | undefined;
  onOpen(hop: TraceHop | undefined): void;
  /** Above the list: faults, dialects, what is missing. */
  children: ReactNode;
}

export function Trace({ trace, openHop, onOpen, children }: TraceProps) {
  const { t, count } = useLanguage();
  const [clearedAt, setClearedAt] = useState('');
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  const hops = trace.filter(({ at }) => at > clearedAt);
  const newest = hops.at(-1)?.id;

  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows what is new, unless somebody has scrolled back
  useEffect(() => {
    if (isAtEnd.current && openHop === undefined && list.current !== null)
      list.current.scrollTop = list.current.scrollHeight;
  }, [newest]);

  return (
    <section className="sim-trace" aria-labelledby="sim-title-trace">
      <div className="sim-trace-head">
        <h2 id="sim-title-trace">
          {t('simTrace')}{' '}
          {hops.length > 0 ? (
            <small className="sim-owner">{t('simHops', { count: count(hops.length) })}</small>
          ) : undefined}
        </h2>
        <button type="button" onClick={() => setClearedAt(trace.at(-1)?.at ?? '')}>
          {t('simClear')}
        </button>
      </div>
      <Stations trace={hops} onChoose={onOpen} />
      {children}
      {hops.length === 0 ? (
        <p className="sim-quiet">{t('simNoHops')}</p>
      ) : (
        <ol
          className="sim-hops"
          ref={list}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse
          tabIndex={0}
          aria-label={t('simTraceLabel')}
          onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
            isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
          }}
        >
          {hops.map((hop) => (
            <HopRow
              key={hop.id}
              hop={hop}
              isOpen={hop.id === openHop}
              onToggle={() => onOpen(hop.id === openHop ? undefined : hop)}
            />
          ))}
        </ol>
      )}
    </section>
  );
}

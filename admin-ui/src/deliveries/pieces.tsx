import { useEffect, useState } from 'react';
import type { TenantOfLogin } from '../api/shapes.ts';
import type { MessageKey } from '../i18n/fa.ts';
import { useLanguage } from '../i18n/language.tsx';
import { GoTo, useRouter } from '../router.tsx';
import { DELIVERY_CODES, type Mood, nameOfEvent } from './words.ts';
import './deliveries.css';

/** A state in a word, and in a colour besides. */
export function StateBadge({ of: [name, mood] }: { of: readonly [MessageKey, Mood] }) {
  const { t } = useLanguage();
  return <span className={`state ${mood}`}>{t(name)}</span>;
}

/** What it says to people, and its name as programs have it. */
export function EventType({ type }: { type: string }) {
  const { t } = useLanguage();
  const name = nameOfEvent(type);
  return (
    <span className="event-type">
      {name === undefined ? undefined : <span>{t(name)}</span>} <code dir="ltr">{type}</code>
    </span>
  );
}

/** Why it failed, in words. */
export function DeliveryCode({ code }: { code: string }) {
  const { t } = useLanguage();
  const name = DELIVERY_CODES[code];
  return name === undefined ? <code dir="ltr">{code}</code> : t(name);
}

/** The status that was answered, or that nothing was. */
export function AnswerCode({ status }: { status: number | null }) {
  const { t } = useLanguage();
  if (status === null) return <span className="state off">{t('noAnswer')}</span>;
  const mood = status >= 200 && status < 300 ? 'on' : 'wrong';
  return (
    <span className={`state ${mood}`}>
      <code dir="ltr">{status}</code>
    </span>
  );
}

/** Now, told again every second as long as somebody looks. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A stretch of time in its largest unit. */
export function useSpan(): (ms: number) => string {
  const { t, count } = useLanguage();
  return (ms) => {
    if (ms < 100 * SECOND) return t('spanSeconds', { count: count(Math.max(1, Math.round(ms / SECOND))) });
    if (ms < 100 * MINUTE) return t('spanMinutes', { count: count(Math.round(ms / MINUTE)) });
    if (ms < 48 * HOUR) return t('spanHours', { count: count(Math.round(ms / HOUR)) });
    return t('spanDays', { count: count(Math.round(ms / DAY)) });
  };
}

/** Until a moment that is ahead, counted down. */
export function Countdown({ at }: { at: string }) {
  const { t } = useLanguage();
  const span = useSpan();
  const left = Date.parse(at) - useNow();
  return (
    <time dateTime={at} title={at}>
      {left <= 0 ? t('nextNow') : t('later', { time: span(left) })}
    </time>
  );
}

/** One row's own address leads into its list, with its drawer open. */
export function OpenInList({ tenant, page, id }: { tenant: TenantOfLogin; page: string; id: string }) {
  const { place } = useRouter();
  const query = new URLSearchParams(place.query);
  query.set('open', id);
  return <GoTo to={`/t/${tenant.id}/${page}?${query}`} />;
}

/** The dialog that stands open, in the address: back closes it. */
export function useDialog(): { name: string | undefined; open(name: string): void; close(): void } {
  const { place, go } = useRouter();
  const pathWith = (name: string) => {
    const next = new URLSearchParams(place.query);
    if (name === '') next.delete('dialog');
    else next.set('dialog', name);
    return place.path + (next.size > 0 ? `?${next}` : '');
  };
  return {
    name: place.query.get('dialog') ?? undefined,
    open: (name) => go(pathWith(name), { keepsScroll: true }),
    close: () => go(pathWith(''), { keepsScroll: true }),
  };
}

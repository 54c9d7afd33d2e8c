/** What a chart shows, and how its points are called. */
import { formatShortDay, formatTime } from '../i18n/format.ts';
import type { Language } from '../i18n/speak.ts';

export interface ChartRow {
  at: string;
  /** One for each series; null: there is none. */
  values: readonly (number | null)[];
}

export interface ChartSeries {
  label: string;
  kind: 'bar' | 'line';
  /** What nobody wants to see. */
  isBad?: boolean;
}

export interface ChartProps {
  name: string;
  /** What `at` names. */
  unit: 'hour' | 'day' | 'instant';
  rows: readonly ChartRow[];
  series: readonly ChartSeries[];
}

/** Of Divar's days, which the counts of a day follow. */
export const DAYS_ZONE = 'Asia/Tehran';

/** As it stands under a bar. A picture is drawn from left to right; within it a date keeps the order of its language. */
export function sayPoint(at: string, unit: ChartProps['unit'], language: Language): string {
  if (unit === 'hour') return formatTime(at, language);
  const day = formatShortDay(at, language, unit === 'day' ? DAYS_ZONE : undefined);
  return `${language === 'fa' ? '\u2067' : '\u2066'}${day}\u2069`;
}

/** The class that gives a series its colour, by its place. */
export const classOf = ({ isBad }: ChartSeries, place: number): string =>
  isBad ? 'series-bad' : `series-${place + 1}`;

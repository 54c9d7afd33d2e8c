/** A list that is shown, and its newest page as it stands now. Pure. */
import type { List } from './shapes.ts';

export interface Held<T> {
  path: string;
  rows: readonly T[];
  waiting: readonly T[];
  cursor: string | null;
  /** The rows that wait do not touch those that are shown: they replace them, and go on from here. */
  gap: { cursor: string | null } | undefined;
}

/** Ids begin with their time. */
const byNewest = (one: { id: string }, other: { id: string }) => (one.id < other.id ? 1 : -1);

/** `page` is the newest page as it stands now. */
export function mergePage<T extends { id: string }>(
  held: Held<T>,
  page: List<T>,
  holdsNew: boolean,
): Held<T> {
  const now = new Map(page.data.map((row) => [row.id, row]));
  const rows = held.rows.map((row) => now.get(row.id) ?? row);
  const shown = new Set(held.rows.map(({ id }) => id));
  const news = page.data.filter(({ id }) => !shown.has(id));
  const cursor = page.next_cursor ?? null;
  if (held.rows.length === 0) return { ...held, rows: page.data, waiting: [], cursor, gap: undefined };
  const isGap = news.length === page.data.length && cursor !== null;
  if (holdsNew) return { ...held, rows, waiting: news, gap: isGap ? { cursor } : undefined };
  if (isGap) return { ...held, rows: page.data, waiting: [], cursor, gap: undefined };
  return { ...held, rows: [...news, ...rows].sort(byNewest), waiting: [], gap: undefined };
}

/** What waited is shown. */
export function letIn<T extends { id: string }>(held: Held<T>): Held<T> {
  const { rows, waiting, gap } = held;
  if (gap) return { ...held, rows: waiting, waiting: [], cursor: gap.cursor, gap: undefined };
  return { ...held, rows: [...waiting, ...rows].sort(byNewest), waiting: [] };
}

export function addOlder<T extends { id: string }>(held: Held<T>, page: List<T>): Held<T> {
  const known = new Set(held.rows.map(({ id }) => id));
  const older = page.data.filter(({ id }) => !known.has(id));
  return { ...held, rows: [...held.rows, ...older], cursor: page.next_cursor ?? null };
}

export function replaceRow<T extends { id: string }>(held: Held<T>, row: T): Held<T> {
  const change = (one: T) => (one.id === row.id ? row : one);
  return { ...held, rows: held.rows.map(change), waiting: held.waiting.map(change) };
}

/** What was promised, what was measured, and whether it holds. */

export interface Budget {
  what: string;
  limit: string;
  measured: string;
  isMet: boolean;
}

export function atLeast(what: string, measured: number, limit: number): Budget {
  return { what, limit: `>= ${limit}`, measured: measured.toFixed(2), isMet: measured >= limit };
}

export function atMost(what: string, measured: number, limit: number, unit = ''): Budget {
  const digits = limit >= 100 ? 0 : 2;
  return {
    what,
    limit: `<= ${limit}${unit}`,
    measured: `${measured.toFixed(digits)}${unit}`,
    isMet: measured <= limit,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}

export type Align = 'left' | 'right';

/** A table of Markdown that also reads well in a terminal. */
export function formatTable(
  columns: readonly [name: string, align: Align][],
  rows: readonly string[][],
): string {
  const widths = columns.map(([name], at) =>
    Math.max(name.length, ...rows.map((row) => (row[at] ?? '').length)),
  );
  const pad = (text: string, at: number) =>
    columns[at]?.[1] === 'right' ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0);
  const line = (cells: readonly string[]) => `| ${cells.map(pad).join(' | ')} |`;
  const rule = columns.map(
    ([, align], at) =>
      `${'-'.repeat((widths[at] ?? 1) - (align === 'right' ? 1 : 0))}${align === 'right' ? ':' : ''}`,
  );
  return [line(columns.map(([name]) => name)), line(rule), ...rows.map(line)].join('\n');
}

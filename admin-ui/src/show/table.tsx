import type { ReactNode } from 'react';

export interface Column<T> {
  label: string;
  cell(row: T): ReactNode;
  /** Left out of the cards of a phone. */
  isMinor?: boolean;
}

interface TableProps<T extends { id: string }> {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
}

// A browser forgets what a table is once its boxes are drawn otherwise, so each part says it.
const TABLE = { role: 'table' };
const GROUP = { role: 'rowgroup' };
const ROW = { role: 'row' };
const HEAD = { role: 'columnheader' };
const CELL = { role: 'cell' };

/** A real table; on a phone each row is drawn as a card, and the roles stay. */
export function Table<T extends { id: string }>({ caption, columns, rows }: TableProps<T>) {
  return (
    <table {...TABLE}>
      <caption className="unseen">{caption}</caption>
      <thead {...GROUP}>
        <tr {...ROW}>
          {columns.map(({ label }) => (
            <th key={label} {...HEAD} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody {...GROUP}>
        {rows.map((row) => (
          <tr key={row.id} {...ROW}>
            {columns.map(({ label, cell, isMinor }) => (
              <td key={label} {...CELL} data-label={label} className={isMinor ? 'minor' : undefined}>
                <div>{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

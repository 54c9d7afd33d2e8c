/** A list by cursor with its four states: coming, failed, nothing yet, no match; and what is new, behind a button. */
import type { ReactNode } from 'react';
import type { Pages } from '../api/use-pages.ts';
import { useLanguage } from '../i18n/language.tsx';
import { LiveStatus } from '../live/live-status.tsx';
import { Link } from '../router.tsx';
import { FailureNote } from './failure-note.tsx';
import { ShowLoaded } from './loaded.tsx';
import { type Column, Table } from './table.tsx';
import type { Filters } from './use-filters.ts';
import { useRowKeys } from './use-row-keys.ts';
import './list.css';

interface PageListProps<T extends { id: string }> {
  pages: Pages<T>;
  filters: Filters;
  caption: string;
  columns: readonly Column<T>[];
  /** What the list is, and the one thing to do, as long as there never was a row. */
  empty: ReactNode;
  /** Lists that no stream tells of are read again by hand. */
  isLive?: boolean;
}

export function PageList<T extends { id: string }>(props: PageListProps<T>) {
  const { pages, filters, caption, columns, empty, isLive = true } = props;
  const { t } = useLanguage();
  useRowKeys();
  return (
    <div className="page-list">
      <div className="list-head">
        {isLive ? <LiveStatus /> : undefined}
        <button type="button" onClick={() => void pages.reload()} aria-disabled={pages.isLoading}>
          {t('refresh')}
        </button>
      </div>
      <FreshPill pages={pages} />
      <ShowLoaded from={pages}>
        {(rows) => {
          if (rows.length > 0) return <Table caption={caption} columns={columns} rows={rows} />;
          return filters.isNarrowed ? (
            <NoMatch filters={filters} />
          ) : (
            <div className="card empty">{empty}</div>
          );
        }}
      </ShowLoaded>
      <More pages={pages} />
    </div>
  );
}

/** «۱۲ مورد تازه» */
export function FreshPill({ pages }: { pages: Pick<Pages<unknown>, 'freshCount' | 'showFresh'> }) {
  const { t, count } = useLanguage();
  return (
    <div className="fresh" role="status">
      {pages.freshCount > 0 ? (
        <button type="button" className="button" onClick={pages.showFresh}>
          {t('freshRows', { count: count(pages.freshCount) })}
        </button>
      ) : undefined}
    </div>
  );
}

function NoMatch({ filters }: { filters: Filters }) {
  const { t } = useLanguage();
  return (
    <div className="card empty">
      <p>{t('noMatch')}</p>
      <button type="button" onClick={filters.clear}>
        {t('clearFilters')}
      </button>
    </div>
  );
}

type MorePages = Pick<Pages<unknown>, 'hasMore' | 'isLoadingMore' | 'moreFailure' | 'more'>;

export function More({ pages }: { pages: MorePages }) {
  const { t } = useLanguage();
  return (
    <>
      {pages.moreFailure === undefined ? undefined : <FailureNote failure={pages.moreFailure} />}
      {pages.hasMore ? (
        <p>
          <button type="button" onClick={() => void pages.more()} aria-disabled={pages.isLoadingMore}>
            {t('older')}
          </button>
        </p>
      ) : undefined}
    </>
  );
}

/** The first cell of a row: a real link, which the keys J and K go by. */
export function RowLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link to={to} keepsScroll className="row-link">
      {children}
    </Link>
  );
}

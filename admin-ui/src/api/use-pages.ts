/** Lists by cursor, newest first. What changes stays in its place; what is new waits until its reader lets it in. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { type LiveEvent, useLive } from '../live/use-live.ts';
import { call, type Failure } from './call.ts';
import { addOlder, type Held, letIn, mergePage, replaceRow } from './merge-page.ts';
import type { List } from './shapes.ts';
import type { Loaded } from './use-load.ts';

export interface Pages<T> extends Loaded<readonly T[]> {
  hasMore: boolean;
  isLoadingMore: boolean;
  /** Of the last try to read older rows. */
  moreFailure: Failure | undefined;
  more(): Promise<void>;
  /** How many rows wait to be let in. */
  freshCount: number;
  showFresh(): void;
  /** Reads the newest page again and merges it. */
  refresh(): Promise<void>;
  refreshRow(id: string): Promise<void>;
}

/** Rows a page. */
const LIMIT = 50;
/** Below that, or under a drawer, rows that are pushed in from above would take the place of what is being read. */
const AT_TOP_PX = 120;
/** Of several changes at once, one look. */
const GATHER_MS = 300;
/** More changed rows than that are read with their page. */
const MAX_SINGLE_READS = 5;

const mayNotMove = () => window.scrollY > AT_TOP_PX || document.querySelector('dialog[open]') !== null;
/** @param path of the list with its filters, without `limit` and `cursor`; undefined: nothing to read yet */
export function usePages<T extends { id: string }>(path: string | undefined): Pages<T> {
  const [held, setHeld] = useState<Held<T>>();
  const [failure, setFailure] = useState<Failure>();
  const [isLoading, setLoading] = useState(path !== undefined);
  const wanted = useRef(path);
  const current = held?.path === path ? held : undefined;

  const read = useCallback(
    async (isMerging: boolean) => {
      if (path === undefined) return;
      wanted.current = path;
      if (!isMerging) setLoading(true);
      const outcome = await call<List<T>>('GET', withQuery(path, `limit=${LIMIT}`));
      if (wanted.current !== path) return;
      setFailure(outcome.ok ? undefined : outcome.failure);
      setLoading(false);
      if (!outcome.ok) return;
      const page = outcome.value;
      const fresh = { path, rows: page.data, waiting: [], cursor: page.next_cursor ?? null, gap: undefined };
      setHeld((before) =>
        isMerging && before?.path === path ? mergePage(before, page, mayNotMove()) : fresh,
      );
    },
    [path],
  );

  useEffect(() => {
    void read(false);
    return () => {
      wanted.current = undefined;
    };
  }, [read]);

  /** Of this path only: the page has gone on to something else when an answer comes late. */
  const change = useCallback(
    (apply: (before: Held<T>) => Held<T>) =>
      setHeld((before) => (before !== undefined && before.path === path ? apply(before) : before)),
    [path],
  );
  const refreshRow = useCallback(
    async (id: string) => {
      if (path === undefined) return;
      const outcome = await call<T>('GET', `${path.split('?')[0]}/${id}`);
      if (outcome.ok) change((before) => replaceRow(before, outcome.value));
    },
    [path, change],
  );

  return {
    value: current?.rows,
    failure,
    isLoading,
    reload: useCallback(() => read(false), [read]),
    freshCount: current?.waiting.length ?? 0,
    showFresh: useCallback(() => {
      change(letIn);
      window.scrollTo(0, 0);
    }, [change]),
    refresh: useCallback(() => read(true), [read]),
    refreshRow,
    ...useOlder(path, current?.cursor ?? null, change),
  };
}

type Change<T> = (apply: (before: Held<T>) => Held<T>) => void;

/** The rows after those that are shown, as long as somebody asks for them. */
function useOlder<T extends { id: string }>(
  path: string | undefined,
  cursor: string | null,
  change: Change<T>,
) {
  const [isLoadingMore, setLoadingMore] = useState(false);
  const [failed, setFailed] = useState<{ path: string; failure: Failure }>();
  const more = useCallback(async () => {
    if (path === undefined || cursor === null || isLoadingMore) return;
    setLoadingMore(true);
    const older = withQuery(path, `limit=${LIMIT}&cursor=${encodeURIComponent(cursor)}`);
    const outcome = await call<List<T>>('GET', older);
    setLoadingMore(false);
    setFailed(outcome.ok ? undefined : { path, failure: outcome.failure });
    if (outcome.ok) change((before) => addOlder(before, outcome.value));
  }, [path, cursor, isLoadingMore, change]);
  const moreFailure = failed !== undefined && failed.path === path ? failed.failure : undefined;
  return { hasMore: cursor !== null, isLoadingMore, moreFailure, more };
}

interface LivePagesOptions {
  /** `/tenants/ten_1/apps/app_1`; undefined: nothing to read yet. */
  appPath: string | undefined;
  /** `messages`, `deliveries`. */
  resource: string;
  /** Filters: `state=failed&from=...`. */
  query?: string;
  /** Of the stream: `message` hears of `message.created` and `message.updated`. */
  kind: string;
}

/** The same, kept up to date by the tab's stream. */
export function useLivePages<T extends { id: string }>({
  appPath,
  resource,
  query = '',
  kind,
}: LivePagesOptions): Pages<T> {
  const pages = usePages<T>(appPath && withQuery(`${appPath}/${resource}`, query));
  const changed = useRef(new Set<string>());
  const isAll = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef(pages);
  useEffect(() => {
    latest.current = pages;
  });
  useEffect(() => () => clearTimeout(timer.current), []);

  const look = () => {
    timer.current = undefined;
    const { refresh, refreshRow } = latest.current;
    const ids = [...changed.current];
    if (isAll.current || ids.length > MAX_SINGLE_READS) void refresh();
    else for (const id of ids) void refreshRow(id);
    isAll.current = false;
    changed.current.clear();
  };
  const hear = ({ name, id }: LiveEvent) => {
    if (name !== 'resync' && !name.startsWith(`${kind}.`)) return;
    const isShown = latest.current.value?.some((row) => row.id === id) === true;
    if (id === undefined || !isShown) isAll.current = true;
    else changed.current.add(id);
    timer.current ??= setTimeout(look, GATHER_MS);
  };
  useLive(appPath, hear);
  return pages;
}

function withQuery(path: string, query: string): string {
  if (query === '') return path;
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

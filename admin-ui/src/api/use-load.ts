import { useCallback, useEffect, useRef, useState } from 'react';
import { call, type Failure } from './call.ts';

export interface Loaded<T> {
  value: T | undefined;
  /** Of the last try; what was read before stays on the screen. */
  failure: Failure | undefined;
  isLoading: boolean;
  reload(): Promise<void>;
}

/** Reads `path` now and whenever it changes; undefined: there is nothing to read yet. */
export function useLoad<T>(path: string | undefined): Loaded<T> {
  const [read, setRead] = useState<{ path: string; value: T }>();
  const [failure, setFailure] = useState<Failure>();
  const [isLoading, setLoading] = useState(path !== undefined);
  const wanted = useRef(path);

  const load = useCallback(async () => {
    wanted.current = path;
    if (path === undefined) return;
    setLoading(true);
    const outcome = await call<T>('GET', path);
    // The page has gone on to something else meanwhile.
    if (wanted.current !== path) return;
    if (outcome.ok) setRead({ path, value: outcome.value });
    setFailure(outcome.ok ? undefined : outcome.failure);
    setLoading(false);
  }, [path]);

  useEffect(() => {
    void load();
    return () => {
      wanted.current = undefined;
    };
  }, [load]);

  const value = read?.path === path ? read?.value : undefined;
  return { value, failure, isLoading, reload: load };
}

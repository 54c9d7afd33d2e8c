import { useCallback, useEffect, useState } from 'react';
import { fetchStartInfo, type StartFailure, type StartInfo } from './start-info.ts';

export interface StartState {
  info: StartInfo | undefined;
  /** Of the last try; what was read before stays on the screen. */
  failure: StartFailure | undefined;
  isLoading: boolean;
  isOnline: boolean;
  reload(): void;
}

/** A gateway that is starting is asked again this often. */
const STARTING_INTERVAL_MS = 2_000;

/** Reads the state when the page opens, comes back to the front or is online again, and while the gateway starts. */
export function useStart(): StartState {
  const [info, setInfo] = useState<StartInfo>();
  const [failure, setFailure] = useState<StartFailure>();
  const [isLoading, setLoading] = useState(true);
  const [isOnline, setOnline] = useState(navigator.onLine);

  const load = useCallback(async () => {
    setLoading(true);
    const outcome = await fetchStartInfo(fetch.bind(window), () => navigator.onLine);
    if ('info' in outcome) setInfo(outcome.info);
    setFailure('failure' in outcome ? outcome.failure : undefined);
    setLoading(false);
  }, []);
  const reload = useCallback(() => void load(), [load]);

  useEffect(() => {
    const comeBack = () => {
      setOnline(navigator.onLine);
      if (document.visibilityState === 'visible' && navigator.onLine) reload();
    };
    const goOffline = () => setOnline(false);
    reload();
    window.addEventListener('online', comeBack);
    window.addEventListener('offline', goOffline);
    document.addEventListener('visibilitychange', comeBack);
    return () => {
      window.removeEventListener('online', comeBack);
      window.removeEventListener('offline', goOffline);
      document.removeEventListener('visibilitychange', comeBack);
    };
  }, [reload]);

  const isStarting = info?.isReady === false;
  useEffect(() => {
    if (!isStarting) return;
    const timer = setInterval(reload, STARTING_INTERVAL_MS);
    return () => clearInterval(timer);
  }, [isStarting, reload]);

  return { info, failure, isLoading, isOnline, reload };
}

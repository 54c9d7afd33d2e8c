/** The simulator's page, kept fresh: at every sign of the app's stream, and on a clock for what no stream tells. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { call, type Failure, type Method, type Outcome } from '../api/call.ts';
import { useLive } from '../live/use-live.ts';
import type { SimulatorPage } from './shapes.ts';

/** What happens inside the simulator alone (a text, a tap on the consent page) reaches no stream of ours. */
const POLL_MS = 2000;
/** Signs come in bursts. */
const GATHER_MS = 80;

export interface Simulator {
  page: SimulatorPage | undefined;
  /** Of the last reading; what was read before stays. */
  failure: Failure | undefined;
  reload(): Promise<void>;
  /** Does something, and reads what came of it. */
  act<T>(method: Method, path: string, body: unknown): Promise<Outcome<T>>;
}

export function useSimulator(appPath: string): Simulator {
  const [page, setPage] = useState<SimulatorPage>();
  const [failure, setFailure] = useState<Failure>();
  const seen = useRef('');
  const asked = useRef(0);
  const shown = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const reload = useCallback(async () => {
    asked.current += 1;
    const turn = asked.current;
    const query = seen.current === '' ? '' : `?seen=${seen.current}`;
    const outcome = await call<{ version: string; page: SimulatorPage | null }>(
      'GET',
      `${appPath}/simulator${query}`,
    );
    // An answer that was overtaken says nothing any more.
    if (turn < shown.current) return;
    shown.current = turn;
    setFailure(outcome.ok ? undefined : outcome.failure);
    if (!outcome.ok || outcome.value.page === null) return;
    seen.current = outcome.value.version;
    const next = outcome.value.page;
    // While the simulator is away the phones show what they showed.
    setPage((before) => ({ ...next, desk: next.desk ?? before?.desk ?? null }));
  }, [appPath]);

  useEffect(() => {
    let isOver = false;
    const poll = async () => {
      clearTimeout(timer.current);
      if (document.visibilityState === 'visible') await reload();
      clearTimeout(timer.current);
      if (!isOver) timer.current = setTimeout(() => void poll(), POLL_MS);
    };
    const look = () => void poll();
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      isOver = true;
      clearTimeout(timer.current);
      document.removeEventListener('visibilitychange', look);
    };
  }, [reload]);

  const gathering = useRef<ReturnType<typeof setTimeout>>(undefined);
  useLive(appPath, () => {
    clearTimeout(gathering.current);
    gathering.current = setTimeout(() => void reload(), GATHER_MS);
  });

  const act = useCallback(
    async <T>(method: Method, path: string, body: unknown): Promise<Outcome<T>> => {
      const outcome = await call<T>(method, `${appPath}/simulator${path}`, body);
      await reload();
      return outcome;
    },
    [appPath, reload],
  );

  return { page, failure, reload, act };
}

import { useEffect, useRef } from 'react';
import { useLive } from '../live/use-live.ts';

/** Counting is not free: however much happens, the figures are read this often at most. */
const EVERY_MS = 10_000;

/** Reads figures again when something has happened in the app, now and then. */
export function useFreshFigures(appPath: string, reload: () => Promise<void>): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const isFirst = useRef(true);
  useLive(appPath, ({ name }) => {
    // Every stream begins with it, and the page has just read what there is.
    if (name === 'resync' && isFirst.current) {
      isFirst.current = false;
      return;
    }
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void reload();
    }, EVERY_MS);
  });
}

import { useEffect } from 'react';
import { type Loaded, useLoad } from '../api/use-load.ts';
import { useLive } from '../live/use-live.ts';
import type { Setup } from './shapes.ts';

/** While a row waits for somebody: what the stream does not tell is seen within this time. */
const LOOK_EVERY_MS = 2000;

/** The state of the setup. `isWaiting`: something may arrive at any moment. */
export function useSetup(appPath: string, isWaiting: boolean): Loaded<Setup> {
  const setup = useLoad<Setup>(`${appPath}/setup`);
  const { reload } = setup;
  useLive(appPath, ({ name }) => {
    if (name === 'app.check' || name === 'session.created' || name === 'event.created') void reload();
  });
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void reload();
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [isWaiting, reload]);
  return setup;
}

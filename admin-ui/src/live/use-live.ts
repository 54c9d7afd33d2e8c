import { useEffect, useRef, useSyncExternalStore } from 'react';
import { createConnection, type LiveState } from './connection.ts';
import type { LiveEvent } from './source.ts';

const connection = createConnection();

export type { LiveState } from './connection.ts';
export type { LiveEvent } from './source.ts';

/** Tells of what changes in an app, as long as the page stands. `resync`: read everything again.
 *  @param appPath `/tenants/ten_1/apps/app_1`; undefined: there is nothing to listen to yet */
export function useLive(appPath: string | undefined, onEvent: (event: LiveEvent) => void): void {
  const latest = useRef(onEvent);
  useEffect(() => {
    latest.current = onEvent;
  });
  useEffect(() => {
    if (appPath === undefined) return;
    return connection.subscribe(appPath, (event) => latest.current(event));
  }, [appPath]);
}

/** Of the tab's one stream; `off` on pages that listen to nothing. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(connection.watch, connection.state);
}

export const pauseLive = () => connection.setPaused(true);
export const resumeLive = () => connection.setPaused(false);

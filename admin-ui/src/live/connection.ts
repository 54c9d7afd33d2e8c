/**
 * The tab's one live stream.
 *   off --subscribe--> connecting --open--> live --end--> connecting ... --third failure in a row--> lost
 *   pause and resume lead to and from paused; a tab that is not looked at for a minute is off until it is looked at again.
 * Every stream begins by telling its listeners to read again, so nothing that happened meanwhile is missed.
 */
import { call, onSignedOut } from '../api/call.ts';
import { watchHidden } from './hidden.ts';
import { createListeners } from './listeners.ts';
import { type LiveEvent, openSource, RESYNC } from './source.ts';
import { waitMs } from './wait.ts';

export type LiveState = 'off' | 'connecting' | 'live' | 'paused' | 'lost';

/** Failures in a row after which the pages are read on a clock instead. */
const LOST_AFTER = 3;
const POLL_MS = 15_000;
/** A browser has six connections to one host over HTTP/1.1: a tab that nobody looks at gives its own back. */
const HIDDEN_MS = 60_000;
/** From one page of an app to the next the stream stays. */
const LINGER_MS = 1000;

export function createConnection() {
  const listeners = createListeners<LiveEvent>();
  const watchers = new Set<() => void>();
  let state: LiveState = 'off';
  let path: string | undefined;
  let closeSource = () => {};
  let failureCount = 0;
  let isPaused = false;
  let isHidden = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let poll: ReturnType<typeof setInterval> | undefined;
  let linger: ReturnType<typeof setTimeout> | undefined;

  const become = (next: LiveState) => {
    if (state === next) return;
    state = next;
    clearInterval(poll);
    if (next === 'lost') poll = setInterval(() => listeners.tell(path, RESYNC), POLL_MS);
    for (const watcher of watchers) watcher();
  };

  const fail = (isRefused: boolean) => {
    failureCount += 1;
    // A browser does not tell why it was refused: a login that has ended shows itself here.
    if (isRefused) void call('GET', '/me');
    become(failureCount >= LOST_AFTER ? 'lost' : 'connecting');
    retry = setTimeout(connect, waitMs(failureCount, Math.random()));
  };

  const connect = () => {
    closeSource();
    clearTimeout(retry);
    if (path === undefined || isHidden) return become('off');
    if (isPaused) return become('paused');
    if (failureCount < LOST_AFTER) become('connecting');
    closeSource = openSource(path, {
      onOpen: () => {
        failureCount = 0;
        become('live');
      },
      onEvent: (event) => listeners.tell(path, event),
      onEnd: fail,
    });
  };

  const begin = () => {
    failureCount = 0;
    connect();
  };
  const aim = () => {
    if (path === listeners.wanted()) return;
    path = listeners.wanted();
    begin();
  };

  watchHidden(HIDDEN_MS, (next) => {
    isHidden = next;
    connect();
  });
  window.addEventListener('online', () => {
    if (state === 'connecting' || state === 'lost') connect();
  });
  onSignedOut(() => {
    listeners.clear();
    aim();
  });

  return {
    /** @param appPath `/tenants/ten_1/apps/app_1` */
    subscribe: (appPath: string, listener: (event: LiveEvent) => void) => {
      const leave = listeners.add(appPath, listener);
      clearTimeout(linger);
      aim();
      return () => {
        leave();
        clearTimeout(linger);
        linger = setTimeout(aim, LINGER_MS);
      };
    },
    watch: (watcher: () => void) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    state: () => state,
    setPaused: (next: boolean) => {
      isPaused = next;
      begin();
    },
  };
}

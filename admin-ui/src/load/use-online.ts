import { useSyncExternalStore } from 'react';

function watch(changed: () => void): () => void {
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
  };
}

/** What the browser knows of its network: no network for sure, or perhaps one. */
export function useOnline(): boolean {
  return useSyncExternalStore(watch, () => navigator.onLine);
}

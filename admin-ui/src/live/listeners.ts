/** Who listens to which app. The tab has one stream: it goes to whoever came last. */

export interface Listeners<Event> {
  add(path: string, listener: (event: Event) => void): () => void;
  /** The path that somebody listens to. */
  wanted(): string | undefined;
  tell(path: string | undefined, event: Event): void;
  clear(): void;
}

export function createListeners<Event>(): Listeners<Event> {
  const byPath = new Map<string, Set<(event: Event) => void>>();
  return {
    add: (path, listener) => {
      const ofPath = byPath.get(path) ?? new Set();
      // The order of the map is the order in which they came.
      byPath.delete(path);
      byPath.set(path, ofPath.add(listener));
      return () => ofPath.delete(listener);
    },
    wanted: () => [...byPath].filter(([, ofPath]) => ofPath.size > 0).at(-1)?.[0],
    tell: (path, event) => {
      for (const listener of (path === undefined ? undefined : byPath.get(path)) ?? []) listener(event);
    },
    clear: () => byPath.clear(),
  };
}

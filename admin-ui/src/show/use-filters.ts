/** What a list is narrowed to, as it stands in the address: back takes the last choice away. */
import { useRouter } from '../router.tsx';

export interface Filters {
  values: Readonly<Record<string, string>>;
  /** `state=failed&lane=bulk`, as the gateway takes it; empty without any. */
  query: string;
  isNarrowed: boolean;
  set(name: string, value: string): void;
  clear(): void;
  /** The same list with this row open. */
  openPath(id: string): string;
  /** The row whose drawer stands open. */
  openId: string | undefined;
  close(): void;
}

/** @param names of the filters; a value that the page does not offer is left to the gateway to refuse */
export function useFilters(names: readonly string[]): Filters {
  const { place, go } = useRouter();
  const values = Object.fromEntries(names.map((name) => [name, place.query.get(name) ?? '']));
  const given = names.filter((name) => values[name] !== '');
  const query = new URLSearchParams(given.map((name) => [name, values[name] ?? ''])).toString();

  const pathWith = (changes: Readonly<Record<string, string>>): string => {
    const next = new URLSearchParams(place.query);
    for (const [name, value] of Object.entries(changes)) {
      if (value === '') next.delete(name);
      else next.set(name, value);
    }
    return place.path + (next.size > 0 ? `?${next}` : '');
  };

  return {
    values,
    query,
    isNarrowed: given.length > 0,
    set: (name, value) => go(pathWith({ [name]: value, open: '' }), { keepsScroll: true }),
    clear: () => go(pathWith({ ...Object.fromEntries(names.map((name) => [name, ''])), open: '' })),
    openPath: (id) => pathWith({ open: id }),
    openId: place.query.get('open') ?? undefined,
    close: () => go(pathWith({ open: '' }), { keepsScroll: true }),
  };
}

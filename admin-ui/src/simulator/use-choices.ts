/** What is looked at, as it stands in the address: the chat, the open hop, and on a phone which of the three parts. */
import { useRouter } from '../router.tsx';
import type { Side } from './shapes.ts';

export type Part = Side | 'trace';
export const PARTS: readonly Part[] = ['seller', 'buyer', 'trace'];

export interface Choices {
  chat: string | undefined;
  hop: string | undefined;
  part: Part;
  choose(changes: { chat?: string; hop?: string; part?: Part }): void;
}

export function useChoices(): Choices {
  const { place, go } = useRouter();
  const { query } = place;
  return {
    chat: query.get('chat') ?? undefined,
    hop: query.get('hop') ?? undefined,
    part: PARTS.find((one) => one === query.get('part')) ?? 'seller',
    choose: (changes) => {
      // As it stands now: what was waited for must not undo what was chosen meanwhile.
      const next = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(changes)) {
        if (value === '') next.delete(name);
        else next.set(name, value);
      }
      const to = place.path + (next.size > 0 ? `?${next}` : '');
      // Turning to another part is no step of its own.
      go(to, { keepsScroll: true, replace: changes.part !== undefined });
    },
  };
}

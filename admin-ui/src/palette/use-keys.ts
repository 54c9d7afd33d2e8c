import { useEffect, useRef } from 'react';
import { isPaletteKey, lettersMayAct } from './shortcuts.ts';

/** How long `G` waits for its second letter. */
const SECOND_KEY_MS = 1500;
const GO: Record<string, string> = {
  KeyO: 'overview',
  KeyS: 'sessions',
  KeyM: 'messages',
  KeyD: 'deliveries',
};

interface KeyActions {
  openPalette(): void;
  openList(): void;
  /** @param page its path within the tenant */
  goTo(page: string): void;
}

/** The keys that do something on every page of a member. */
export function useKeys(actions: KeyActions): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    let goUntil = 0;
    const press = (event: KeyboardEvent) => {
      if (isPaletteKey(event)) {
        event.preventDefault();
        latest.current.openPalette();
      } else if (lettersMayAct(event)) {
        const key = nameKey(event);
        act(latest.current, event, performance.now() < goUntil ? GO[key] : undefined);
        goUntil = key === 'KeyG' ? performance.now() + SECOND_KEY_MS : 0;
      }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

const nameKey = (event: KeyboardEvent) => `${event.shiftKey ? 'Shift+' : ''}${event.code}`;

function act(actions: KeyActions, event: KeyboardEvent, page: string | undefined): void {
  const key = nameKey(event);
  if (page !== undefined) actions.goTo(page);
  else if (key === 'Shift+Slash') actions.openList();
  else if (key === 'Slash') focusSearch(event);
}

function focusSearch(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLElement>('main input[type="search"], main select');
  if (field === null) return;
  event.preventDefault();
  field.focus();
}

/** The page of an add-on opens in a window of its own, as Divar's web opens it: in a frame it would lose its cookies. */

const SHAPE = 'popup,width=430,height=780';

export interface WebView {
  /** What it shows until the add-on has answered. */
  go(url: string): void;
  close(): void;
  /** The browser held the window back. */
  isHeld: boolean;
}

/** Call it in the moment of the click, or browsers take it for an advertisement. */
export function openWebView(note: string, direction: 'rtl' | 'ltr'): WebView {
  const view = window.open('about:blank', '_blank', SHAPE);
  if (view === null) return { go: () => undefined, close: () => undefined, isHeld: true };
  view.document.title = note;
  view.document.documentElement.dir = direction;
  view.document.body.textContent = note;
  return { go: (url) => view.location.replace(url), close: () => view.close(), isHeld: false };
}

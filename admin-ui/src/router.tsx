/** Addresses of the panel on the History API: every page and every choice of a list has one. */
import {
  type AnchorHTMLAttributes,
  createContext,
  type MouseEvent,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';

const BASE = '/admin';

export interface Place {
  /** After `/admin`: `/t/ten_1/team`. */
  path: string;
  query: URLSearchParams;
  /** One-time secrets of mails stand here: no server ever sees them. */
  fragment: string;
}

interface GoOptions {
  replace?: boolean;
  keepsScroll?: boolean;
}

interface Router {
  place: Place;
  /** `keepsScroll`: what opens over the page, or narrows it, does not move it. */
  go(to: string, options?: GoOptions): void;
}

/** Asked before the page goes to another one; it calls `leave` when it may. */
type Hold = (leave: () => void) => void;
const holds = new Set<Hold>();

/** Keeps the page until `hold` lets it go; the result takes the hold away. */
export function holdPage(hold: Hold): () => void {
  holds.add(hold);
  return () => holds.delete(hold);
}

/** Whether somebody holds the page; then he is asked, and `leave` happens later or never. */
function isHeld(leave: () => void): boolean {
  const [hold] = holds;
  hold?.(() => {
    holds.clear();
    leave();
  });
  return hold !== undefined;
}

const RouterContext = createContext<Router | undefined>(undefined);

function readPlace(): Place {
  const { pathname, search, hash } = window.location;
  const path = pathname.slice(BASE.length).replace(/\/+$/, '');
  return { path: path === '' ? '/' : path, query: new URLSearchParams(search), fragment: hash.slice(1) };
}

export function RouterProvider({ children }: { children: ReactNode }) {
  const [place, setPlace] = useState(readPlace);
  /** Of the page that stands, whatever the browser has done meanwhile. */
  const shown = useRef(window.location.href);
  const go = useCallback((to: string, options: GoOptions = {}) => {
    const url = BASE + to;
    const isOtherPage = new URL(url, window.location.href).pathname !== window.location.pathname;
    if (isOtherPage && isHeld(() => go(to, options))) return;
    if (options.replace) window.history.replaceState(null, '', url);
    else window.history.pushState(null, '', url);
    shown.current = window.location.href;
    setPlace(readPlace());
    if (!options.keepsScroll) window.scrollTo(0, 0);
  }, []);
  useEffect(() => {
    const follow = () => {
      const isOtherPage = new URL(shown.current).pathname !== window.location.pathname;
      if (isOtherPage && holds.size > 0) {
        // Back has moved already: the page that stays gets its address again.
        window.history.pushState(null, '', shown.current);
        isHeld(() => window.history.back());
        return;
      }
      shown.current = window.location.href;
      setPlace(readPlace());
    };
    window.addEventListener('popstate', follow);
    window.addEventListener('hashchange', follow);
    return () => {
      window.removeEventListener('popstate', follow);
      window.removeEventListener('hashchange', follow);
    };
  }, []);
  const router = useMemo(() => ({ place, go }), [place, go]);
  return <RouterContext value={router}>{children}</RouterContext>;
}

export function useRouter(): Router {
  const router = useContext(RouterContext);
  if (router === undefined) throw new Error('outside of RouterProvider');
  return router;
}

type LinkProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href' | 'onClick'> & {
  to: string;
  keepsScroll?: boolean;
};

/** A real link: it opens in another tab, and its address can be copied. */
export function Link({ to, keepsScroll = false, ...rest }: LinkProps) {
  const { go } = useRouter();
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to, { keepsScroll });
  };
  return <a {...rest} href={BASE + to} onClick={follow} />;
}

/** Goes somewhere else as soon as it is shown, and leaves no step for the way back. */
export function GoTo({ to }: { to: string }) {
  const { go } = useRouter();
  useEffect(() => go(to, { replace: true }), [go, to]);
  return null;
}

/** Where somebody wanted to go before he signed in; never out of the panel. */
export function readBack(query: URLSearchParams): string | undefined {
  const back = query.get('back') ?? '';
  return /^\/(?:t\/[\w/-]+|account(?:\/[\w/-]+)?|invite)(?:\?[\w=&.%-]*)?$/.test(back) ? back : undefined;
}

/** `login` with the way back. */
export function loginWithBack({ path, query }: Place, because?: 'ended'): string {
  const search = query.size > 0 ? `?${query}` : '';
  const given = new URLSearchParams({ back: path + search, ...(because ? { because } : {}) });
  return `/login?${given}`;
}

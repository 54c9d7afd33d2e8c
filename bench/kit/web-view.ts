/** The web view that Divar opens an add-on in, as far as a visit needs one: redirects, cookies, forms. */

/** Longer than any step may take, outgoing calls of the gateway included. */
const STEP_TIMEOUT_MS = 15_000;
const STEPS_MAX = 20;
const USER_AGENT =
  'Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0 Mobile Safari/537.36';

export interface Step {
  method: 'GET' | 'POST';
  url: URL;
  status: number;
  durationMs: number;
}

export interface Page {
  url: URL;
  status: number;
  text: string;
}

export interface WebView {
  /** Opens the address, or sends the form to it, and follows redirects to a page. */
  open(url: URL, form?: URLSearchParams): Promise<Page>;
}

/** `onStep` hears of every exchange, redirects included. */
export function createWebView(onStep: (step: Step) => void): WebView {
  // As in every browser, a cookie knows its host and not its port.
  const cookiesByHost = new Map<string, Map<string, string>>();

  const exchange = async (url: URL, form: URLSearchParams | undefined) => {
    const jar = cookiesByHost.get(url.hostname) ?? new Map<string, string>();
    cookiesByHost.set(url.hostname, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const method = form === undefined ? 'GET' : 'POST';
    const startedAt = performance.now();
    const reply = await fetch(url, {
      method,
      headers: { 'user-agent': USER_AGENT, accept: 'text/html', ...(cookie ? { cookie } : {}) },
      ...(form === undefined ? {} : { body: form }),
      redirect: 'manual',
      signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
    });
    const text = await reply.text();
    onStep({ method, url, status: reply.status, durationMs: performance.now() - startedAt });
    for (const line of reply.headers.getSetCookie()) keepCookie(jar, line);
    return { status: reply.status, text, location: reply.headers.get('location') };
  };

  return {
    open: async (first, firstForm) => {
      let [url, form] = [first, firstForm];
      for (let count = 0; count < STEPS_MAX; count += 1) {
        const { status, text, location } = await exchange(url, form);
        if (location === null) return { url, status, text };
        [url, form] = [new URL(location, url), undefined];
      }
      throw new Error(`more than ${STEPS_MAX} redirects from ${first.origin}${first.pathname}`);
    },
  };
}

function keepCookie(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';');
  const at = pair.indexOf('=');
  const name = pair.slice(0, at).trim();
  if (attributes.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute))) jar.delete(name);
  else jar.set(name, pair.slice(at + 1).trim());
}

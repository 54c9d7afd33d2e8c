import { z } from 'zod';
import { isSecureUrl } from './authorize.ts';
import { refuseControl } from './control-input.ts';
import { DECISIONS } from './oauth-routes.ts';
import type { Finding } from './session-reply.ts';
import type { Stage } from './world.ts';

/** What `POST /__follow` takes: the `open` path of a tap, and what the person does on the consent page. */
export const FollowRequest = z.strictObject({
  open: z.string().startsWith('/webview/'),
  user: z.enum(['seller', 'buyer', 'stranger']).optional(),
  decision: z.enum(DECISIONS).default('grant'),
  scopes: z.array(z.string()).optional(),
});
export type FollowRequest = z.infer<typeof FollowRequest>;

export interface FollowResult {
  ok: boolean;
  problems: Finding[];
  /** Addresses in the order they were opened, without their queries. */
  steps: { url: string; status: number }[];
  /** The page the person sees in the end. */
  url: string;
  status: number;
  /** Whether that page is Divar's own. */
  returned: boolean;
}

const MAX_STEPS = 20;
const STEP_TIMEOUT_MS = 10_000;

/** Divar's apps open add-ons in a web view of a phone. */
const USER_AGENT =
  'Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0 Mobile Safari/537.36';

/** A fresh cookie jar: names and values by origin, attributes ignored but for removal. */
const createJar = () => {
  const jar = new Map<string, Map<string, string>>();
  return {
    read: (origin: string): string =>
      [...(jar.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; '),
    write(origin: string, lines: string[]): void {
      const own = jar.get(origin) ?? new Map<string, string>();
      jar.set(origin, own);
      for (const line of lines) {
        const [pair = '', ...attributes] = line.split(';');
        const at = pair.indexOf('=');
        const gone = attributes.some((one) => /^\s*max-age=0$/i.test(one));
        if (gone) own.delete(pair.slice(0, at).trim());
        else own.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
      }
    },
  };
};

interface Step {
  url: string;
  form?: string;
}

/** Opens a tapped address as a web view of its own would: fresh cookies, a phone's name, no Referer. */
export const createFollower = ({ stage, fetch }: { stage: Stage; fetch: typeof globalThis.fetch }) => {
  const { world, publicUrl } = stage;
  const isAuthorize = (url: URL) => url.origin === publicUrl && /^\/(oauth|oauth2\/auth)$/.test(url.pathname);

  const decide = (url: URL, request: FollowRequest): Step => {
    const tapped = world.visits[request.open.slice('/webview/'.length)]?.as;
    const user = request.user ?? (tapped === 'buyer' ? 'buyer' : 'seller');
    const form = new URLSearchParams({ request: url.search.slice(1), user, decision: request.decision });
    const asked = (url.searchParams.get('scope') ?? '').split(' ');
    for (const scope of request.scopes ?? asked) form.append('scope', scope);
    return { url: `${url.origin}${url.pathname}/decision`, form: form.toString() };
  };

  return async (request: FollowRequest): Promise<FollowResult> => {
    if (!world.visits[request.open.slice('/webview/'.length)])
      throw refuseControl(404, 'this web view is not known');
    const jar = createJar();
    const steps: FollowResult['steps'] = [];
    const finish = (url: string, status: number, problems: Finding[]): FollowResult => {
      const returned = url.startsWith(`${publicUrl}/completion`);
      return { ok: problems.length === 0 && status < 400, problems, steps, url, status, returned };
    };
    let step: Step = { url: `${publicUrl}${request.open}` };
    while (steps.length < MAX_STEPS) {
      const url = new URL(step.url);
      if (!isSecureUrl(step.url))
        return finish(step.url, 0, [{ code: 'url_form', message: 'led to an address that is not https' }]);
      const response = await openStep(fetch, step, jar.read(url.origin));
      jar.write(url.origin, response.headers.getSetCookie());
      await response.arrayBuffer();
      steps.push({ url: url.origin + url.pathname, status: response.status });
      const location = response.headers.get('location');
      if (location) step = { url: new URL(location, url).href };
      else if (isAuthorize(url) && response.status === 200) step = decide(url, request);
      else return finish(step.url, response.status, []);
    }
    return finish(step.url, 0, [{ code: 'too_many_steps', message: `more than ${MAX_STEPS} redirects` }]);
  };
};
export type Follow = ReturnType<typeof createFollower>;

const openStep = (fetch: typeof globalThis.fetch, step: Step, cookie: string): Promise<Response> =>
  fetch(step.url, {
    method: step.form === undefined ? 'GET' : 'POST',
    headers: {
      'user-agent': USER_AGENT,
      accept: 'text/html',
      ...(cookie ? { cookie } : {}),
      ...(step.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    ...(step.form === undefined ? {} : { body: step.form }),
    redirect: 'manual',
    signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
  });

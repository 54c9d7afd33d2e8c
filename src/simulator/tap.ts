import type { AddonAnswer, CallAddon } from './addon-call.ts';
import { forgetOld } from './forget.ts';
import { type Finding, idsOf, judgeActionReply, judgeSessionReply } from './session-reply.ts';
import { formatActionRequest, formatSessionRequest, type Tap } from './session-request.ts';
import { loadButton, loadScene, refuseTap, type TapRequest } from './tap-request.ts';
import type { Action, Generation, Stage } from './world.ts';

/** Divar's policy: a service answers within two seconds. */
const TIMEOUT_MS = 2000;

export interface TapResult {
  ok: boolean;
  problems: Finding[];
  status: number;
  url: string | null;
  /** Path on the simulator that opens `url` as the person's web view. */
  open: string | null;
  text_message: string | null;
  duration_ms: number;
  request: unknown;
  reply: unknown;
}

/** A tap that asked nobody. */
const SILENT: TapResult = {
  ok: true,
  problems: [],
  status: 0,
  url: null,
  open: null,
  text_message: null,
  duration_ms: 0,
  request: null,
  reply: null,
};

const describeAnswer = (answer: AddonAnswer): TapResult => ({
  ...SILENT,
  ok: answer.problems.length === 0,
  problems: answer.problems,
  status: answer.status,
  duration_ms: answer.durationMs,
  request: answer.request,
  reply: answer.reply,
});

type Scene = Omit<Tap, 'kind'>;

/** The Fallback URL with the facts of the post, flattened (PROTOCOL.md 2.7). */
const formatDirectLink = (
  stage: Stage,
  { app, post, dialect }: Scene,
  query: TapRequest['query'],
): string => {
  if (!app.fallbackUrl) throw refuseTap(400, 'the app has no fallback_url');
  const url = new URL(app.fallbackUrl);
  const facts = stage.world.posts[post];
  const old = (dialect.profile ?? app.generation) === 'v1';
  const params = {
    ...(old ? { app_slug: app.slug, return_url: `${stage.publicUrl}/completion` } : {}),
    post_token: post,
    category: facts?.category ?? '',
    city: facts?.city ?? '',
    'price.value': `${facts?.priceToman ?? 0}.000000`,
    ...query,
  };
  for (const [name, value] of Object.entries(params)) if (value !== '') url.searchParams.append(name, value);
  return url.href;
};

/** Does what a tap of a person makes Divar do. */
export const createTaps = ({ stage, callAddon }: { stage: Stage; callAddon: CallAddon }) => {
  const { world, now, random, changed, publicUrl } = stage;

  const openPage = (tap: Scene, url: string): Pick<TapResult, 'url' | 'open'> => {
    forgetOld(world, now());
    const id = random(16).toString('base64url');
    const { app, as, conversation } = tap;
    world.visits[id] = { id, app: app.slug, as, url, conversation: conversation?.id, startedAt: now() };
    changed();
    return { url, open: `/webview/${id}` };
  };

  const openSession = async (tap: Tap, request: TapRequest): Promise<TapResult> => {
    const generation: Generation = tap.dialect.profile ?? tap.app.generation;
    const ids = idsOf(tap.app, tap.post, tap.conversation?.id);
    const answer = await callAddon({
      outgoing: formatSessionRequest(tap, `${publicUrl}/completion`, request.raw_body),
      kind: 'init',
      app: tap.app,
      as: tap.as,
      conversation: tap.conversation,
      timeoutMs: request.timeout_ms ?? TIMEOUT_MS,
      judge: (seen) => judgeSessionReply(seen, tap.app, generation, ids),
    });
    return { ...describeAnswer(answer), ...(answer.url === undefined ? {} : openPage(tap, answer.url)) };
  };

  const runDynamicAction = async (tap: Tap, request: TapRequest): Promise<TapResult> => {
    if (!tap.app.actionUrl) throw refuseTap(400, 'the app has no action_url');
    const answer = await callAddon({
      outgoing: formatActionRequest(tap, tap.app.actionUrl),
      kind: 'action',
      app: tap.app,
      as: tap.as,
      conversation: tap.conversation,
      timeoutMs: request.timeout_ms ?? TIMEOUT_MS,
      judge: judgeActionReply,
    });
    const result = describeAnswer(answer);
    if (!result.ok) return result;
    const { action, text_message: text = null } = answer.reply as { action?: Action; text_message?: string };
    const next = action ? await runAction(tap, action, request) : result;
    return { ...next, text_message: text };
  };

  const runAction = (tap: Tap, action: Action, request: TapRequest): TapResult | Promise<TapResult> => {
    const [name, value] = Object.entries(action)[0] ?? [];
    if (name === 'open_direct_link') return { ...SILENT, ...openPage(tap, String(value)) };
    const { data = {}, post_token: token = '' } = value as {
      data?: Record<string, unknown>;
      post_token?: string;
    };
    if (name === 'open_server_link') return openSession({ ...tap, data }, request);
    if (name === 'get_dynamic_action') return runDynamicAction({ ...tap, data }, request);
    return { ...SILENT, ...openPage(tap, `${publicUrl}/post/${encodeURIComponent(token)}`) };
  };

  return async (request: TapRequest): Promise<TapResult> => {
    if (request.kind === 'button' && request.button) {
      const { app, action, conversation } = loadButton(world, request);
      const scene = { app, as: request.as, post: conversation.post ?? '', conversation };
      return runAction({ ...scene, kind: 'button', dialect: request.dialect ?? {} }, action, request);
    }
    const scene = loadScene(world, request);
    if (request.kind !== 'direct_link') return openSession({ ...scene, kind: request.kind }, request);
    return { ...SILENT, ...openPage(scene, formatDirectLink(stage, scene, request.query)) };
  };
};
export type RunTap = ReturnType<typeof createTaps>;

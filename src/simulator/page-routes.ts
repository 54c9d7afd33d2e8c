import { renderChatPage, renderOpeningPage, renderPostPage } from './page/chat-page.ts';
import { CHAT_SCRIPT } from './page/chat-script.ts';
import { COMPLETION_SCRIPT } from './page/completion-page.ts';
import { renderRefusalPage } from './page/consent-page.ts';
import { STYLE } from './page/style.ts';
import { type Call, type Reply, type Route, redirect } from './route.ts';
import type { Stage } from './world.ts';

const asset = (type: string, text: string): Reply => ({
  status: 200,
  text,
  headers: {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  },
});

const page = (path: string, answer: Route['answer'], caller: Route['caller'] = 'control'): Route => ({
  method: 'GET',
  path,
  caller,
  kind: 'webview',
  answer,
});

/** What a person's browser sees: the chat, its assets, and the way into a web view. */
export const createPageRoutes = ({ world, now, changed, publicUrl }: Stage): Route[] => {
  /** Opens a tapped address and remembers, for the consent page, who tapped. Only addresses that an add-on
   *  has answered can be opened: this must not redirect anybody anywhere. */
  const openVisit = (call: Call): Reply => {
    const visit = world.visits[call.params.visit ?? ''];
    if (!visit) return { status: 404, html: renderRefusalPage('not_found', 'this web view is not known') };
    visit.openedAt ??= now();
    changed();
    Object.assign(call.notes, { app: visit.app, as: visit.as, conversation: visit.conversation });
    const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
    const reply = redirect(visit.url);
    reply.headers = {
      ...reply.headers,
      'set-cookie': `sim_visit=${visit.id}; Path=/; HttpOnly; SameSite=Lax${secure}`,
      'referrer-policy': 'no-referrer',
    };
    return reply;
  };

  return [
    page('/', () => ({ status: 200, html: renderChatPage() })),
    page('/opening', () => ({ status: 200, html: renderOpeningPage() })),
    page('/post/:token', (call) => {
      const post = world.posts[call.params.token ?? ''];
      return post
        ? { status: 200, html: renderPostPage(post) }
        : { status: 404, html: renderRefusalPage('not_found', 'this post is not known') };
    }),
    page('/webview/:visit', openVisit, 'browser'),
    page('/assets/simulator.css', () => asset('text/css', STYLE)),
    page('/assets/chat.js', () => asset('text/javascript', CHAT_SCRIPT)),
    page('/assets/completion.js', () => asset('text/javascript', COMPLETION_SCRIPT)),
  ];
};

/** The admin UI: its files, and the JSON of its pages. */
import { Problem } from '../errors.ts';
import type { PageReply, PageRequest, PageRoute, Route } from '../http/route.ts';
import { isPanelPage, lookOf, PANEL_POLICY, pickEncoding, presentStart, type StartInfo } from './admin.ts';
import { createPanelFiles, type PanelFile } from './panel-files.ts';

/** Every name under assets/ holds a hash of its content. One year, the most that caches take. */
const FOREVER = 'public, max-age=31536000, immutable';

export interface AdminDeps {
  /** The folder that `vite build admin-ui` wrote. */
  panelDir: string;
  start(): StartInfo;
}

export function createAdminRoutes({ panelDir, start }: AdminDeps): Route[] {
  const files = createPanelFiles(panelDir);

  const sendDocument = async ({ cookies }: PageRequest): Promise<PageReply> => {
    const document = files.document(lookOf(cookies));
    if (document === undefined)
      throw new Problem('unavailable', { detail: 'the admin UI has not been built' });
    return { status: 200, file: document, headers: { 'Content-Security-Policy': PANEL_POLICY } };
  };
  const get = (path: string, summary: string, handle: PageRoute['handle']): Route => ({
    kind: 'page',
    method: 'GET',
    path,
    summary,
    handle,
  });

  return [
    get('/admin/api/v1/start', 'What runs in this installation', async () => ({
      status: 200,
      json: presentStart(start()),
    })),
    get('/admin', 'The admin UI', sendDocument),
    get('/admin/', 'The admin UI', sendDocument),
    get('/admin/*path', 'A page or a file of the admin UI', async (request) => {
      const { path = '' } = request.params;
      if (isPanelPage(path)) return sendDocument(request);
      const file = files.find(path);
      if (file === undefined) throw new Problem('not_found');
      return sendFile(file, request, path.startsWith('assets/') ? FOREVER : 'no-cache');
    }),
  ];
}

function sendFile(
  { bytes, contentType, encoded }: PanelFile,
  request: PageRequest,
  cacheControl: string,
): PageReply {
  const encoding = pickEncoding(request.headers['accept-encoding']?.toString(), [...encoded.keys()]);
  const compressed = encoding === undefined ? undefined : encoded.get(encoding);
  return {
    status: 200,
    file: { bytes: compressed ?? bytes, contentType },
    headers: {
      'Cache-Control': cacheControl,
      ...(encoded.size > 0 ? { Vary: 'Accept-Encoding' } : {}),
      ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
    },
  };
}

/** The media resource of the tenant API. @see CONTRACT section 5, PROTOCOL 4.5 */
import { z } from 'zod';
import type { UploadClient, UploadResult } from '../divar/media.ts';
import { Problem } from '../errors.ts';
import { type FilePart, type Route, tenantRoute, type UploadedFile } from '../http/route.ts';
import { type Call, CallError, type NewId } from '../ports.ts';
import { judgeMedia, MAX_MEDIA_BYTES, MediaView, type NewMedia, presentMedia } from './media.ts';
import type { MediaStore } from './store.ts';

export interface MediaRoutesDeps {
  media: Pick<MediaStore, 'insert' | 'load'>;
  uploads: UploadClient;
  /** To addresses that tenants have given. */
  call: Call;
  isAllowedUrl: (url: string) => boolean;
  newId: NewId;
}

const FILE: FilePart = { name: 'file', limitBytes: MAX_MEDIA_BYTES };
/** Of the address of a file, the whole of it. */
const FETCH_TIMEOUT_MS = 30_000;
const RETRY_SECONDS = 5;

const MediaRequest = z
  .strictObject({ url: z.url({ protocol: /^https?$/ }).max(2048) })
  .meta({ id: 'MediaRequest' });
/** A form brings the file itself. */
type MediaSource = z.infer<typeof MediaRequest> | { file: UploadedFile };

const Params = z.object({ id: z.string().max(64) });
const ONE = { description: 'The media', schema: MediaView };

export function createMediaRoutes(deps: MediaRoutesDeps): Route[] {
  const take = async (body: MediaSource): Promise<UploadedFile & { path: string }> =>
    'file' in body
      ? { ...body.file, path: 'body.file' }
      : { ...(await fetchFile(deps, body.url)), path: 'body.url' };

  return [
    tenantRoute({
      method: 'POST',
      path: '/v1/media',
      scope: 'media:write',
      summary: 'Upload a picture, file, voice or video to Divar, as multipart/form-data or by its address',
      body: MediaRequest,
      file: FILE,
      replies: { 201: ONE },
      prepare: async ({ app, body, now }): Promise<NewMedia> => {
        if (app.generation === 'v1')
          throw invalid('body', 'not_in_generation', 'Media exist in the second generation only');
        const { path, ...file } = await take(body);
        const judged = await judgeMedia(file, path);
        if ('code' in judged) throw invalid(judged.path, judged.code, judged.message);
        const token = readToken(await deps.uploads.upload(app, { ...judged, bytes: file.bytes }), path);
        const { kind, format } = judged;
        const sizeBytes = file.bytes.length;
        return { id: deps.newId('med'), appId: app.id, kind, format, sizeBytes, token, createdAt: now };
      },
      handle: async ({ tx, prepared }) => ({
        status: 201,
        body: presentMedia(await deps.media.insert(tx, prepared as NewMedia)),
      }),
    }),
    tenantRoute({
      method: 'GET',
      path: '/v1/media/:id',
      scope: 'media:read',
      summary: 'What was uploaded',
      params: Params,
      replies: { 200: ONE },
      handle: async ({ tx, app, params }) => ({
        status: 200,
        body: presentMedia(await deps.media.load(tx, app.id, params.id)),
      }),
    }),
  ];
}

/** One answer for every address that may not be reached, and for every file that did not come. */
async function fetchFile(
  { call, isAllowedUrl }: Pick<MediaRoutesDeps, 'call' | 'isAllowedUrl'>,
  url: string,
): Promise<UploadedFile> {
  if (!/^https:/i.test(url) && !isAllowedUrl(url)) throw urlNotAllowed();
  const filename = decodeName(new URL(url).pathname.split('/').at(-1) ?? '');
  try {
    const reply = await call({ method: 'GET', url, timeoutMs: FETCH_TIMEOUT_MS, maxBytes: MAX_MEDIA_BYTES });
    if (reply.status === 200) return { filename, bytes: reply.body };
  } catch (cause) {
    if (!(cause instanceof CallError)) throw cause;
    if (cause.code === 'not_allowed') throw urlNotAllowed();
    if (cause.code === 'too_large')
      throw invalid('body.url', 'too_large', `At most ${MAX_MEDIA_BYTES} bytes`);
  }
  throw invalid('body.url', 'unreachable', 'The address does not give a file: 200 within 30 seconds');
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function readToken(result: UploadResult, path: string): string {
  if (result.outcome === 'uploaded') return result.token;
  if (result.outcome === 'refused') {
    if (result.code === 'file') throw invalid(path, 'refused_by_divar', 'Divar does not take the file');
    throw new Problem('conflict', {
      detail: "Divar does not accept the app's API key for uploads: it needs CHAT_UPLOAD_MEDIA",
    });
  }
  throw new Problem('unavailable', {
    detail: 'Divar does not take files at the moment; nothing was stored',
    retryAfterSeconds: Math.ceil(result.retryAfterSeconds ?? RETRY_SECONDS),
  });
}

function invalid(path: string, code: string, message: string): Problem {
  return new Problem('invalid_request', { issues: [{ path, code, message }] });
}

function urlNotAllowed(): Problem {
  return new Problem('url_not_allowed', {
    issues: [{ path: 'body.url', code: 'url_not_allowed', message: 'The address may not be reached' }],
  });
}

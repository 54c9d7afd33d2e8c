import { refuseRest } from './refusal.ts';
import type { RestAuth } from './rest-auth.ts';
import { type Call, headerOf, json, mediaTypeOf, type Reply, type Route } from './route.ts';
import { sha256 } from './secrets.ts';
import type { Stage } from './world.ts';

const MB = 1_000_000;

/** Media types of the upload host, their file endings and largest sizes (PROTOCOL.md 4.5). */
const MEDIA: Record<string, { endings: string[]; maxBytes: number }> = {
  image: { endings: ['png', 'jpeg', 'jpg'], maxBytes: 5 * MB },
  file: { endings: ['pdf', 'doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx'], maxBytes: 5 * MB },
  voice: { endings: ['m4a', '3gp'], maxBytes: 1.5 * MB },
  video: { endings: ['mp4'], maxBytes: 50 * MB },
};
const UPLOAD_LIMIT_BYTES = 52 * MB;
/** Divar does not state it; long enough for a slow upload. */
const UPLOAD_TOKEN_MS = 10 * 60_000;

const readFile = async (call: Call): Promise<File> => {
  if (mediaTypeOf(call) !== 'multipart/form-data')
    throw refuseRest('invalid', 'the body must be multipart/form-data');
  const headers = { 'content-type': headerOf(call, 'content-type') };
  const form = await new Response(new Uint8Array(call.body), { headers }).formData().catch(() => undefined);
  const file = form?.get('file');
  if (!(file instanceof File)) throw refuseRest('invalid', 'one part named file with a filename is required');
  return file;
};

const requireFit = (file: File, media: { endings: string[]; maxBytes: number }): void => {
  const ending = file.name.split('.').at(-1)?.toLowerCase() ?? '';
  if (!media.endings.includes(ending)) throw refuseRest('invalid', `.${ending} is not accepted here`);
  if (file.size > media.maxBytes) throw refuseRest('invalid', `larger than ${media.maxBytes} bytes`);
};

const bearerOf = (call: Call): string => {
  const header = headerOf(call, 'authorization');
  return header.startsWith('Bearer ') ? header.slice('Bearer '.length) : '';
};

export const createMediaRoutes = ({ stage, auth }: { stage: Stage; auth: RestAuth }): Route[] => {
  const { world, now, random, changed } = stage;

  const issueUploadToken = (call: Call): Reply => {
    const app = auth.requireKey(call, 'CHAT_UPLOAD_MEDIA', ['v2']);
    const token = random(32).toString('base64url');
    world.uploads[sha256(token)] = { app: app.slug, expiresAt: now() + UPLOAD_TOKEN_MS };
    changed();
    return json({ token });
  };

  const upload = async (call: Call): Promise<Reply> => {
    // The API key must never reach this host: fail so that nobody overlooks it.
    if (headerOf(call, 'x-api-key')) throw refuseRest('invalid', 'the API key was sent to the upload host');
    const media = MEDIA[call.params.media_type ?? ''];
    if (!media) throw refuseRest('not_found', 'media type is unknown');
    const hash = sha256(bearerOf(call));
    const ticket = world.uploads[hash];
    if (!ticket || ticket.expiresAt <= now())
      throw refuseRest('unauthenticated', 'upload token is not valid');
    call.notes.app = ticket.app;
    requireFit(await readFile(call), media);
    delete world.uploads[hash];
    const id = `mt_${random(12).toString('base64url')}`;
    world.media[id] = { app: ticket.app, type: call.params.media_type ?? '' };
    changed();
    return json({ id, status: 'ok' });
  };

  return [
    {
      method: 'POST',
      path: '/experimental/open-platform/chat/upload',
      caller: 'in',
      kind: 'upload_token',
      answer: issueUploadToken,
    },
    {
      method: 'POST',
      path: '/upload/:media_type',
      caller: 'in',
      kind: 'upload',
      limitBytes: UPLOAD_LIMIT_BYTES,
      answer: upload,
    },
  ];
};

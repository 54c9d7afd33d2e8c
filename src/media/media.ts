/** What Divar's chats take beside text, judged by content: a name says only which of several offices' formats it is. Pure
 *  but for the look at the bytes. @see PROTOCOL 4.5 */
import { fileTypeFromBuffer } from 'file-type';
import { z } from 'zod';
import type { ProblemIssue } from '../errors.ts';

export type MediaKind = 'image' | 'file' | 'voice' | 'video';

export interface Media {
  id: string;
  appId: string;
  kind: MediaKind;
  /** The ending that Divar knows it by: `jpg`, `pdf`. */
  format: string;
  sizeBytes: number;
  createdAt: Date;
}

/** `token`: Divar's media token. */
export type NewMedia = Media & { token: string };

/** Divar does not say which megabyte it means: the smaller one is right for both. */
const MB = 1_000_000;

const KINDS: Record<MediaKind, { formats: readonly string[]; maxBytes: number }> = {
  image: { formats: ['png', 'jpg'], maxBytes: 5 * MB },
  file: { formats: ['pdf', 'doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx'], maxBytes: 5 * MB },
  voice: { formats: ['m4a', '3gp'], maxBytes: 1.5 * MB },
  video: { formats: ['mp4'], maxBytes: 50 * MB },
};

/** Of the largest kind. */
export const MAX_MEDIA_BYTES = Math.max(...Object.values(KINDS).map(({ maxBytes }) => maxBytes));

/** What the bytes look like, and the formats that look so. */
const ALIKE: Record<string, readonly string[]> = {
  // One container for the old office formats.
  cfb: ['doc', 'xls', 'ppt'],
  // Sound alone is recorded as MP4 too.
  mp4: ['mp4', 'm4a'],
};

const MAX_NAME_CHARACTERS = 100;

export type JudgedMedia = { kind: MediaKind; format: string; filename: string };

/** What it is, or what is wrong with it. `path` is that of the file in the request. */
export async function judgeMedia(
  { bytes, filename }: { bytes: Buffer; filename: string },
  path: string,
): Promise<JudgedMedia | ProblemIssue> {
  if (bytes.length === 0) return { path, code: 'empty', message: 'The file is empty' };
  const format = await formatOf(bytes, filename);
  const kind = (Object.keys(KINDS) as MediaKind[]).find(
    (name) => format !== undefined && KINDS[name].formats.includes(format),
  );
  if (kind === undefined || format === undefined)
    return { path, code: 'unknown_format', message: `Divar takes ${describeFormats()}` };
  const { maxBytes } = KINDS[kind];
  if (bytes.length > maxBytes)
    return { path, code: 'too_large', message: `Of ${kind} at most ${maxBytes} bytes` };
  return { kind, format, filename: nameFor(filename, kind, format) };
}

async function formatOf(bytes: Buffer, filename: string): Promise<string | undefined> {
  const seen = (await fileTypeFromBuffer(bytes).catch(() => undefined))?.ext;
  if (seen === undefined) return undefined;
  const alike = ALIKE[seen];
  if (!alike) return seen;
  const named = endingOf(filename);
  return alike.includes(named) ? named : seen === 'mp4' ? 'mp4' : undefined;
}

function endingOf(filename: string): string {
  return /\.([A-Za-z0-9]{1,5})$/.exec(filename)?.[1]?.toLowerCase() ?? '';
}

/** Divar goes by the ending, and people see the name: without a path, without what cannot be seen, with the right ending. */
function nameFor(filename: string, kind: MediaKind, format: string): string {
  const base = (filename.split(/[\\/]/).at(-1) ?? '')
    .replace(/\.[A-Za-z0-9]{1,5}$/, '')
    .replaceAll(/[\p{Cc}\p{Cs}"<>:|?*]/gu, '')
    .trim();
  const name = [...base].slice(0, MAX_NAME_CHARACTERS).join('');
  return `${/^[.\s]*$/u.test(name) ? kind : name}.${format}`;
}

function describeFormats(): string {
  return Object.entries(KINDS)
    .map(([kind, { formats }]) => `${kind} (${formats.join(', ')})`)
    .join(', ');
}

export const MediaView = z
  .object({
    id: z.string(),
    object: z.literal('media'),
    kind: z.enum(Object.keys(KINDS) as [MediaKind, ...MediaKind[]]),
    format: z.string(),
    size_bytes: z.int(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Media' });
export type MediaView = z.infer<typeof MediaView>;

export function presentMedia(media: Media): MediaView {
  return {
    id: media.id,
    object: 'media',
    kind: media.kind,
    format: media.format,
    size_bytes: media.sizeBytes,
    created_at: media.createdAt.toISOString(),
  };
}

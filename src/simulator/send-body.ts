import { isSecureUrl } from './authorize.ts';
import { isKnownIcon } from './icons.ts';
import { refuseRest } from './refusal.ts';
import type { Action, Button, ButtonRow } from './world.ts';

/** Reads the bodies of send requests, strictly. Each refusal names the path of the first thing wrong. */

type Json = Record<string, unknown>;

const MAX_ROWS = 3;
const MAX_BUTTONS_IN_ROW = 3;
/** Sizes Divar does not state but a careful add-on keeps (PROTOCOL.md 2.10, 4.3): only told, never refused. */
const ADVISED_CAPTION_CHARS = 30;
const ADVISED_DATA_CHARS = 200;

const invalid = (message: string) => refuseRest('invalid', message);

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

type CheckAction = (value: unknown, path: string, warn: (text: string) => void) => void;

const checkData: CheckAction = (value, path, warn) => {
  const data = isObject(value) ? value.data : undefined;
  if (!isObject(data)) throw invalid(`${path}.data must be an object`);
  if (JSON.stringify(data).length > ADVISED_DATA_CHARS)
    warn(`${path}.data is longer than ${ADVISED_DATA_CHARS} characters`);
  if (Object.values(data).some((one) => typeof one !== 'string'))
    warn(`${path}.data has values that are not strings: they may come back changed`);
};

const checkPost: CheckAction = (value, path) => {
  if (!isObject(value) || typeof value.post_token !== 'string')
    throw invalid(`${path}.post_token must be a string`);
};

const ACTIONS: Record<string, CheckAction> = {
  open_direct_link: (value, path) => {
    if (!isSecureUrl(value)) throw invalid(`${path} must be an absolute https address`);
  },
  open_server_link: checkData,
  get_dynamic_action: checkData,
  open_post_page: checkPost,
  open_post_manage_page: checkPost,
};

const readAction = (value: unknown, path: string, warn: (text: string) => void): Action => {
  if (!isObject(value)) throw invalid(`${path} must be an object`);
  const keys = Object.keys(value);
  const [name] = keys;
  if (name === undefined || keys.length !== 1) throw invalid(`${path} must have exactly one key`);
  const check = ACTIONS[name];
  if (!check) throw invalid(`${path}.${name} is not an action`);
  check(value[name], `${path}.${name}`, warn);
  return value;
};

const readButton = (value: unknown, path: string, warn: (text: string) => void): Button => {
  if (!isObject(value)) throw invalid(`${path} must be an object`);
  if (typeof value.caption !== 'string' || value.caption === '')
    throw invalid(`${path}.caption must be a string`);
  if ([...value.caption].length > ADVISED_CAPTION_CHARS)
    warn(`${path}.caption is longer than ${ADVISED_CAPTION_CHARS} characters`);
  const icon = value.icon ?? value.icon_name;
  if (!isAbsent(icon) && typeof icon !== 'string') throw invalid(`${path}.icon must be a string`);
  if (typeof icon === 'string' && icon !== '' && !isKnownIcon(icon))
    warn(`${path}.icon ${icon} is not in the list`);
  if (value.icon_name !== undefined) warn(`${path}.icon_name is deprecated`);
  const action = readAction(value.action, `${path}.action`, warn);
  return { caption: value.caption, action, ...(typeof icon === 'string' && icon ? { icon } : {}) };
};

export const readGrid = (value: unknown, path: string, warn: (text: string) => void): ButtonRow[] => {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) throw invalid(`${path} must be an object`);
  const rows = value.rows ?? [];
  if (!Array.isArray(rows)) throw invalid(`${path}.rows must be a list`);
  if (rows.length > MAX_ROWS) throw invalid(`${path}.rows has more than ${MAX_ROWS} rows`);
  return rows.map((row: unknown, index) => {
    const at = `${path}.rows[${index}]`;
    const buttons = isObject(row) ? (row.buttons ?? []) : undefined;
    if (!Array.isArray(buttons)) throw invalid(`${at}.buttons must be a list`);
    if (buttons.length > MAX_BUTTONS_IN_ROW)
      throw invalid(`${at}.buttons has more than ${MAX_BUTTONS_IN_ROW} buttons`);
    return buttons.map((button: unknown, n) => readButton(button, `${at}.buttons[${n}]`, warn));
  });
};

export interface Content {
  text: string;
  mediaToken?: string | undefined;
}

/** Text or media, never both; an empty string counts as no text (PROTOCOL.md 7, row 26). */
export const readContent = (body: Json, textField: 'message' | 'text_message'): Content => {
  if (!isAbsent(body.type) && body.type !== 'TEXT') throw invalid('type must be TEXT');
  const text = body[textField];
  const media = body.media_token;
  if (!isAbsent(text) && typeof text !== 'string') throw invalid(`${textField} must be a string`);
  if (!isAbsent(media) && typeof media !== 'string') throw invalid('media_token must be a string');
  if (isAbsent(text) && isAbsent(media)) throw invalid(`${textField} is required`);
  if (!isAbsent(text) && !isAbsent(media)) throw invalid('either text or media, not both');
  return { text: (text as string | null) ?? '', ...(isAbsent(media) ? {} : { mediaToken: media as string }) };
};

export const warnUnknown = (body: Json, known: string[], warn: (text: string) => void): void => {
  for (const name of Object.keys(body))
    if (!known.includes(name)) warn(`${name} is not a field of this call`);
};

/** One button of v1, turned into the grid of today. `LINK` posts to the add-on, `DIRECT_LINK` opens a page. */
export const readOldButton = (value: unknown, path: string, warn: (text: string) => void): ButtonRow[] => {
  if (value === undefined || value === null) return [];
  if (!isObject(value) || !isObject(value.data)) throw invalid(`${path} must have action and data`);
  const { data } = value;
  const action =
    value.action === 'LINK'
      ? { open_server_link: { data: data.extra_data ?? {} } }
      : value.action === 'DIRECT_LINK'
        ? { open_direct_link: data.direct_link }
        : undefined;
  if (!action) throw invalid(`${path}.action must be LINK or DIRECT_LINK`);
  return [[readButton({ caption: data.caption, icon: data.icon_name, action }, path, warn)]];
};

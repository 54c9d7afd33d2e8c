import { gzipSync } from 'node:zlib';
import type { Dialect } from './dialect.ts';
import { userIdOf } from './identities.ts';
import {
  type App,
  type Conversation,
  type Generation,
  otherSide,
  type PersonKey,
  type Side,
} from './world.ts';

/** What a person did that makes Divar ask an add-on for a page. */
export interface Tap {
  app: App;
  kind: 'chat' | 'button' | 'post_addon' | 'location';
  as: Side | 'anonymous';
  post: string;
  conversation?: Conversation | undefined;
  data?: Record<string, unknown> | undefined;
  dialect: Dialect;
}

export interface Outgoing {
  url: string;
  headers: Record<string, string>;
  body: Buffer;
  /** The body before byte-level variants, for the log. */
  fields: unknown;
}

type Fields = Record<string, unknown>;

const SOURCES: Record<Tap['kind'], string> = {
  chat: 'CHAT',
  button: 'CHAT_MESSAGE_ACTION',
  post_addon: 'POST_ADDON',
  location: 'CHAT_MESSAGE_ACTION',
};

/** Where a location message of the cast points: Tehran, Azadi square. */
const PLACE = { latitude: 35.7005, longitude: 51.4012 };

const absent = (nulls: Dialect['nulls'], kind: 'text' | 'object' = 'text'): unknown => {
  if (nulls === 'null') return null;
  return nulls === 'empty' && kind === 'text' ? '' : undefined;
};

const spellSide = (side: Side, spelling: Dialect['side_case']): string => {
  const word = side === 'seller' ? 'SUPPLY' : 'DEMAND';
  if (spelling === 'lower') return word.toLowerCase();
  return spelling === 'title' ? `${word.slice(0, 1)}${word.slice(1).toLowerCase()}` : word;
};

const person = (tap: Tap): Side | undefined => (tap.as === 'anonymous' ? undefined : tap.as);

const returnField = (tap: Tap, usual: Dialect['return_key'], completionUrl: string): Fields => {
  const key =
    tap.dialect.return_key ?? (tap.dialect.return_url === undefined ? usual : (usual ?? 'return_url'));
  return key === undefined || key === 'none' ? {} : { [key]: tap.dialect.return_url ?? completionUrl };
};

/** Section 2.3: three ids, the return address, and the two sides. `mid` adds the conversation. */
const oldFields = (tap: Tap, generation: Generation, completionUrl: string): Fields => {
  const { dialect } = tap;
  const id = (who: PersonKey) => userIdOf(tap.app.slug, generation, who);
  const side = person(tap);
  const none = absent(dialect.nulls);
  const supplierKey = dialect.supplier_key ?? 'supplier';
  const sides =
    supplierKey === 'none' ? {} : { [supplierKey]: { id: id('seller') }, demand: { id: id('buyer') } };
  const { latitude, longitude } = PLACE;
  const location =
    dialect.location_values === 'string'
      ? { latitude: String(latitude), longitude: String(longitude) }
      : { latitude, longitude };
  const extra = {
    ...(tap.kind === 'button' ? { provider_data: tap.data ?? {} } : {}),
    ...(tap.kind === 'location' ? { location } : {}),
  };
  return {
    ...returnField(tap, 'callback_url', completionUrl),
    post_token: tap.post,
    user_id: side ? id(side) : none,
    peer_id: side ? id(otherSide(side)) : none,
    ...(generation === 'mid' ? { conversation_id: tap.conversation?.id ?? none } : {}),
    ...sides,
    ...(Object.keys(extra).length > 0 ? { extra_data: extra } : {}),
  };
};

/** Section 2.4: the server link. A post page knows no conversation and no data. */
const newFields = (tap: Tap, completionUrl: string): Fields => {
  const { dialect } = tap;
  const side = person(tap);
  const none = absent(dialect.nulls);
  const data = tap.data ?? {};
  const dataKey = dialect.data_key ?? 'extra_data';
  const userId = side && dialect.user_id !== false ? userIdOf(tap.app.slug, 'v2', side) : none;
  return {
    ...returnField(tap, undefined, completionUrl),
    source: dialect.source ?? SOURCES[tap.kind],
    post_token: tap.post || none,
    conversation_id: tap.kind === 'post_addon' ? none : (tap.conversation?.id ?? none),
    user_side: side ? spellSide(side, dialect.side_case) : none,
    user_id: userId,
    ...(dataKey === 'provider_data' ? {} : { extra_data: data }),
    ...(dataKey === 'extra_data' ? {} : { provider_data: data }),
  };
};

const decorate = (fields: Fields, dialect: Dialect): Fields => {
  const all = dialect.unknown_fields
    ? { ...fields, future_field: [1, { k: null }], x_trace: 'سلام' }
    : fields;
  return dialect.shuffle ? Object.fromEntries(Object.entries(all).reverse()) : all;
};

const WRONG_KEY = 'not-the-identification-key';

const KEY_FORMS: Record<NonNullable<Dialect['key']>, (key: string) => string | undefined> = {
  raw: (key) => key,
  bearer: (key) => `Bearer ${key}`,
  wrong: () => WRONG_KEY,
  missing: () => undefined,
  empty: () => '',
};

const versionHeaders = (generation: Generation, dialect: Dialect): Record<string, string> => {
  const spelling = dialect.version_header ?? (generation === 'v2' ? 'API-Version' : 'none');
  const value = dialect.version_value ?? '2';
  if (spelling === 'none') return {};
  return spelling === 'both' ? { 'API-Version': value, API_VERSION: value } : { [spelling]: value };
};

const respell = (
  headers: Record<string, string>,
  spelling: Dialect['header_case'],
): Record<string, string> => {
  if (spelling === undefined || spelling === 'usual') return headers;
  const spell = (name: string) => (spelling === 'lower' ? name.toLowerCase() : name.toUpperCase());
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [spell(name), value]));
};

/** Puts fields on the wire in the wanted dialect. */
export const formatOutgoing = (
  url: string,
  fields: Fields,
  app: App,
  dialect: Dialect,
  version: Record<string, string>,
  rawBody?: string,
): Outgoing => {
  const plain = Buffer.from(rawBody ?? JSON.stringify(decorate(fields, dialect)));
  const marked = dialect.bom ? Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), plain]) : plain;
  const key = KEY_FORMS[dialect.key ?? 'raw'](app.identificationKey);
  const contentType = dialect.content_type ?? 'application/json';
  const headers = {
    ...(contentType ? { 'Content-Type': contentType } : {}),
    ...(key === undefined ? {} : { Authorization: key }),
    ...version,
    ...(dialect.gzip ? { 'Content-Encoding': 'gzip' } : {}),
  };
  return {
    url,
    headers: respell(headers, dialect.header_case),
    body: dialect.gzip ? gzipSync(marked) : marked,
    fields: rawBody ?? fields,
  };
};

export const formatSessionRequest = (tap: Tap, completionUrl: string, rawBody?: string): Outgoing => {
  const generation = tap.dialect.profile ?? tap.app.generation;
  const fields =
    generation === 'v2' ? newFields(tap, completionUrl) : oldFields(tap, generation, completionUrl);
  const version = versionHeaders(generation, tap.dialect);
  return formatOutgoing(tap.app.initUrl, fields, tap.app, tap.dialect, version, rawBody);
};

/** Section 2.9: the dynamic action of a button. It shows no version header. */
export const formatActionRequest = (tap: Tap, actionUrl: string): Outgoing => {
  const side = person(tap);
  const none = absent(tap.dialect.nulls);
  const fields = {
    touchpoint: 'CHAT',
    post_token: tap.post || none,
    conversation_id: tap.conversation?.id ?? none,
    user_side: side ? spellSide(side, tap.dialect.side_case) : none,
    extra_data: tap.data ?? {},
    user_id: side ? userIdOf(tap.app.slug, 'v2', side) : none,
  };
  return formatOutgoing(actionUrl, fields, tap.app, tap.dialect, {});
};

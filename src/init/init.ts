/**
 * "A user tapped; which page?" Divar's session body in both generations and every spelling seen, turned into one visit.
 * Whatever is unknown is kept, whatever is broken is absent, and nothing is guessed. @see PROTOCOL 2.2-2.7, 7
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../errors.ts';
import type { Entry, JsonObject, Side, Visit } from '../session/session.ts';
import type { Generation } from '../tenants/tenants.ts';

export interface ReadVisit {
  generation: Generation;
  entry: Entry;
  visit: Visit;
  /** Facts for the log; no values in them. */
  warnings: string[];
}

/** Longer ids than any seen or documented (64), shorter than anything that hurts. */
const MAX_ID_LENGTH = 512;

const V1_MARKS = ['peer_id', 'callback_url', 'supplier', 'demand'];
const V2_MARKS = [
  'source',
  'user_side',
  'completion_url',
  'return_url',
  'conversation_id',
  'extra_data',
  'provider_data',
];

/**
 * On the busy path: members are written out, because a literal that begins with a spread gets a hidden class of its own each
 * time (20 us instead of 2 for the whole function, V8 11.3).
 * @throws Problem `invalid_request` when neither header nor body says which generation speaks.
 */
export function readVisit(headers: IncomingHttpHeaders, body: JsonObject): ReadVisit {
  const warnings: string[] = [];
  const generation = tellGeneration(headers, body, warnings);
  const fields = new Fields(body);
  const { entry, visit } = generation === 'v1' ? readV1(fields, warnings) : readV2(fields, warnings);
  return { generation, entry, visit, warnings };
}

/** Proxies drop or fold the underscore spelling, so the header alone never decides against it. @see PROTOCOL 2.2 */
function tellGeneration(headers: IncomingHttpHeaders, body: JsonObject, warnings: string[]): Generation {
  const versions = [headers['api-version'], headers.api_version]
    .map((value) => String(value ?? '').trim())
    .filter(Boolean);
  if (versions.length > 0) {
    if (versions.some((version) => version !== '2')) warnings.push('unknown api version');
    return 'v2';
  }
  const keys = new Set(Object.keys(body).map((key) => key.toLowerCase()));
  if (V1_MARKS.some((mark) => keys.has(mark))) return 'v1';
  if (V2_MARKS.some((mark) => keys.has(mark))) return 'v2';
  throw new Problem('invalid_request', {
    issues: [
      { path: 'body', code: 'unknown_generation', message: 'no field of a session of either generation' },
    ],
  });
}

/** @see PROTOCOL 2.3 */
function readV1(fields: Fields, warnings: string[]): { entry: Entry; visit: Visit } {
  const userId = fields.takeId('user_id');
  const wrapper = fields.takeObject('extra_data');
  const data = wrapper && nonEmpty(asObject(wrapper.provider_data));
  const location = wrapper ? readLocation(wrapper.location) : null;
  if (wrapper?.location !== undefined && wrapper.location !== null && location === null)
    warnings.push('location is not one');
  const supplierId = asObject(fields.takeIgnoringCase('supplier'))?.id;
  const demandId = asObject(fields.takeIgnoringCase('demand'))?.id;
  const { source, sourceRaw } = readSource(fields);
  const visit: Visit = {
    source,
    sourceRaw,
    postToken: fields.takeId('post_token'),
    conversationId: fields.takeId('conversation_id'),
    user: { id: userId, side: sideOf(userId, supplierId, demandId) },
    peer: { id: fields.takeId('peer_id') },
    data: data ?? null,
    page: null,
    location,
    returnAddress: fields.takeAddress(),
    extra: {},
  };
  const { provider_data: _data, location: _location, ...rest } = wrapper ?? {};
  visit.extra = { ...fields.rest(), ...(nonEmpty(rest) ? { extra_data: rest } : {}) };
  return { entry: data ? 'button' : 'init', visit };
}

/** @see PROTOCOL 2.4 */
function readV2(fields: Fields, warnings: string[]): { entry: Entry; visit: Visit } {
  const side = fields.takeText('user_side');
  const extraData = nonEmpty(fields.takeObject('extra_data'));
  const providerData = nonEmpty(fields.takeObject('provider_data'));
  if (extraData && providerData && JSON.stringify(extraData) !== JSON.stringify(providerData)) {
    warnings.push('extra_data and provider_data differ');
  }
  const { source, sourceRaw } = readSource(fields);
  const visit: Visit = {
    source,
    sourceRaw,
    postToken: fields.takeId('post_token'),
    conversationId: fields.takeId('conversation_id'),
    user: { id: fields.takeId('user_id'), side: readSide(side) },
    peer: { id: null },
    data: extraData ?? providerData ?? null,
    page: null,
    location: null,
    returnAddress: fields.takeAddress(),
    extra: {},
  };
  if (side !== null && visit.user.side === null) warnings.push('unknown user_side');
  visit.extra = fields.rest();
  return { entry: visit.source === 'CHAT_MESSAGE_ACTION' ? 'button' : 'init', visit };
}

/** `POST_ADODN` is a misprint of Divar's own pages. @see PROTOCOL 2.5 */
function readSource(fields: Fields): Pick<Visit, 'source' | 'sourceRaw'> {
  const source = fields.takeText('source');
  return source === 'POST_ADODN' ? { source: 'POST_ADDON', sourceRaw: source } : { source, sourceRaw: null };
}

function readSide(side: string | null): Side | null {
  switch (side?.toLowerCase()) {
    case 'supply':
    case 'seller':
      return 'supply';
    case 'demand':
    case 'buyer':
      return 'demand';
    default:
      return null;
  }
}

/** Of the one who acted; unknown unless exactly one side carries his id. */
function sideOf(userId: string | null, supplierId: unknown, demandId: unknown): Side | null {
  if (userId === null || supplierId === demandId) return null;
  if (userId === supplierId) return 'supply';
  return userId === demandId ? 'demand' : null;
}

/** Numbers or numeric strings within the ranges of the earth. */
function readLocation(value: unknown): Visit['location'] {
  const location = asObject(value);
  if (!location) return null;
  const [latitude, longitude] = [location.latitude, location.longitude].map((degrees) =>
    typeof degrees === 'number' || (typeof degrees === 'string' && degrees.trim() !== '')
      ? Number(degrees)
      : Number.NaN,
  ) as [number, number];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}

function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

function nonEmpty(value: JsonObject | undefined): JsonObject | undefined {
  return value && Object.keys(value).length > 0 ? value : undefined;
}

/** Takes fields out of a body, so that what nobody took is known in the end. Missing, null and "" are all absent. */
class Fields {
  private readonly left: Map<string, unknown>;

  constructor(body: JsonObject) {
    this.left = new Map(Object.entries(body));
  }

  takeText(name: string): string | null {
    const value = this.left.get(name);
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text === 'string' || value === null) this.left.delete(name);
    return typeof text === 'string' && text !== '' ? text : null;
  }

  takeId(name: string): string | null {
    const text = this.takeText(name);
    if (text !== null && text.length > MAX_ID_LENGTH) {
      throw new Problem('invalid_request', {
        issues: [{ path: `body.${name}`, code: 'too_long', message: `at most ${MAX_ID_LENGTH} characters` }],
      });
    }
    return text;
  }

  takeObject(name: string): JsonObject | undefined {
    const value = this.left.get(name);
    const object = asObject(value);
    if (object || value === null || value === '') this.left.delete(name);
    return object;
  }

  takeIgnoringCase(name: string): unknown {
    const key = [...this.left.keys()].find((candidate) => candidate.toLowerCase() === name);
    if (key === undefined) return undefined;
    const value = this.left.get(key);
    this.left.delete(key);
    return value;
  }

  /** Where to go in the end, under any of its names; kept as it came and checked before use. @see PROTOCOL 2.8 */
  takeAddress(): string | null {
    const [first] = ['callback_url', 'completion_url', 'return_url']
      .map((name) => this.takeText(name))
      .filter((url) => url !== null);
    return first ?? null;
  }

  rest(): JsonObject {
    return Object.fromEntries(this.left);
  }
}

/** The query of a direct link: all of it typed by anyone, so it is data and nothing else. @see PROTOCOL 2.7 */
export function readDirectLink(query: URLSearchParams): Visit {
  const address =
    ['completion_url', 'return_url', 'callback_url'].map((name) => query.get(name)).find(Boolean) ?? null;
  const postToken = query.get('post_token') || null;
  const data = Object.fromEntries(
    [...new Set(query.keys())]
      .filter((name) => !['post_token', 'completion_url', 'return_url', 'callback_url'].includes(name))
      .map((name) => {
        const values = query.getAll(name).map(plainNumber);
        return [name, values.length === 1 ? values[0] : values];
      }),
  );
  return {
    source: null,
    sourceRaw: null,
    postToken: postToken !== null && postToken.length <= MAX_ID_LENGTH ? postToken : null,
    conversationId: null,
    user: { id: null, side: null },
    peer: { id: null },
    data: nonEmpty(data) ?? null,
    page: null,
    location: null,
    returnAddress: address,
    extra: {},
  };
}

/** Divar sends whole numbers as `203000000.000000` and has announced to stop. */
function plainNumber(value: string): string {
  return /^\d+\.0+$/.test(value) ? value.slice(0, value.indexOf('.')) : value;
}

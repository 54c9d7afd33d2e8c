import { formatUuid } from './identities.ts';
import { refuseOauth } from './refusal.ts';
import { createOryToken, createPlainToken, sha256 } from './secrets.ts';
import type { App, Grant, PersonKey, Stage, Token } from './world.ts';

/** A code is exchanged by a server at once; a minute leaves room for a debugger and little for a thief. */
const CODE_TTL_MS = 60_000;
/** "The old pair keeps working two minutes" (PROTOCOL.md 3.6). */
const REFRESH_GRACE_MS = 120_000;
/** A refresh chain ends 30 days after the consent; rotation does not move the end (the stricter reading). */
const CONSENT_LIFE_MS = 30 * 24 * 3_600_000;

export interface TokenReply {
  access_token: string;
  expires_in: number;
  scope: string;
  token_type: 'bearer';
  refresh_token?: string;
  id_token?: string;
}

export interface LiveToken {
  grant: Grant;
  token: Token;
  hash: string;
}

/** Codes, grants and tokens: issue, exchange, rotate, revoke. */
export const createGrants = ({ world, now, random, changed }: Stage) => {
  const issueCode = (app: App, person: PersonKey, redirectUri: string, scopes: string[]): string => {
    const code = app.generation === 'v1' ? createPlainToken(random) : createOryToken('ac', random);
    const expiresAt = now() + CODE_TTL_MS;
    world.codes[sha256(code)] = { app: app.slug, redirectUri, scopes, person, expiresAt };
    changed();
    return code;
  };

  const issueToken = (app: App, kind: Token['kind'], grant: Grant): string => {
    const text =
      app.generation === 'v1'
        ? createPlainToken(random)
        : createOryToken(kind === 'access' ? 'at' : 'rt', random);
    const expiresAt = kind === 'refresh' ? grant.until : now() + app.accessTokenSeconds * 1000;
    world.tokens[sha256(text)] = { kind, grant: grant.id, expiresAt };
    changed();
    return text;
  };

  const issuePair = (app: App, grant: Grant): TokenReply => ({
    access_token: issueToken(app, 'access', grant),
    expires_in: app.accessTokenSeconds,
    scope: grant.scopes.join(' '),
    token_type: 'bearer',
    ...(grant.scopes.includes('offline_access') ? { refresh_token: issueToken(app, 'refresh', grant) } : {}),
    ...(grant.scopes.includes('openid') ? { id_token: 'ignored' } : {}),
  });

  const revoke = (grant: Grant): void => {
    grant.revokedAt = now();
    for (const [hash, token] of Object.entries(world.tokens))
      if (token.grant === grant.id) delete world.tokens[hash];
    changed();
  };

  const find = (text: string, kind: Token['kind']): LiveToken | undefined => {
    const hash = sha256(text);
    const token = world.tokens[hash];
    if (!token || token.kind !== kind || token.expiresAt <= now()) return undefined;
    const grant = world.grants[token.grant];
    return grant && grant.revokedAt === undefined ? { grant, token, hash } : undefined;
  };

  /** A code works once, for its client and its redirect URI. A second exchange takes back the first one's grant. */
  const exchange = (app: App, text: string, redirectUri: string | undefined): TokenReply => {
    const code = world.codes[sha256(text)];
    if (!code || code.app !== app.slug) throw refuseOauth('invalid_grant', 'code is unknown to this client');
    if (code.grant) {
      const used = world.grants[code.grant];
      if (used) revoke(used);
      throw refuseOauth('invalid_grant', 'code was used before; its tokens are revoked');
    }
    if (code.expiresAt <= now()) throw refuseOauth('invalid_grant', 'code has expired');
    if (redirectUri !== undefined && redirectUri !== code.redirectUri)
      throw refuseOauth('invalid_grant', 'redirect_uri differs from the one of the authorization');
    const at = now();
    const grant: Grant = {
      id: formatUuid(random(16), 4),
      app: app.slug,
      person: code.person,
      scopes: code.scopes,
      createdAt: at,
      until: at + CONSENT_LIFE_MS,
    };
    world.grants[grant.id] = grant;
    code.grant = grant.id;
    return issuePair(app, grant);
  };

  /** Replaces the pair; the old one, access token included, lives two more minutes and no longer. */
  const rotate = (app: App, text: string): TokenReply => {
    const live = find(text, 'refresh');
    if (!live || live.grant.app !== app.slug)
      throw refuseOauth('invalid_grant', 'refresh_token is unknown, expired or revoked');
    const end = now() + REFRESH_GRACE_MS;
    for (const token of Object.values(world.tokens))
      if (token.grant === live.grant.id) token.expiresAt = Math.min(token.expiresAt, end);
    return issuePair(app, live.grant);
  };

  return { issueCode, exchange, rotate, find, revoke };
};
export type Grants = ReturnType<typeof createGrants>;

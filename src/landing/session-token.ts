/**
 * Session tokens: what a tenant's own front end carries, and what opens a visit for a page without a server. One
 * algorithm, one `typ`, our address as issuer, the app as audience; keys roll over by `signing-plan.ts`.
 * @see RFC 8725 section 3
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { errors, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { Problem } from '../errors.ts';
import type { Db, RandomBytes, Seal } from '../ports.ts';
import type { Session } from '../session/session.ts';
import { systemKeyAssociatedData } from '../tenants/index-key.ts';
import { planSigningKeys } from './signing-plan.ts';

const ALGORITHM = 'EdDSA';
const TYPE = 'session+jwt';
/** A page works with it right after the landing; whoever finds it later has nothing. */
const TOKEN_SECONDS = 300;
/** Between our own machines. */
const CLOCK_TOLERANCE_SECONDS = 5;
const TOKEN_ID_BYTES = 16;

type Key = Awaited<ReturnType<typeof importJWK>>;

interface SigningKey {
  id: string;
  createdAt: Date;
  publicJwk: JWK;
  verifyKey: Key;
  signKey: Key;
}

export interface SessionTokens {
  /** Loads the keys, makes and removes what is due. At start, and then by a worker. */
  refresh(now: Date): Promise<void>;
  /** Throws `unavailable` while no key was ever loaded. */
  sign(session: Pick<Session, 'id' | 'appId'>, now: Date): Promise<string>;
  /** Whose token it is; undefined for anything that is not one of ours, alive. */
  verify(token: string, now: Date): Promise<{ appId: string; sessionId: string } | undefined>;
  /** The public keys, those that sign soon and those that signed until lately included. @see RFC 7517 */
  keySet(): { keys: JWK[] };
}

export function createSessionTokens(deps: {
  db: Pick<Db, 'call'>;
  seal: Seal;
  random: RandomBytes;
  publicUrl: string;
}): SessionTokens {
  const { db, seal } = deps;
  let keys = new Map<string, SigningKey>();

  const load = async () => {
    const rows = await db.call<{ id: string; public_jwk: JWK; sealed: string; created_at: Date }>(
      'list_system_keys',
      ['signing'],
    );
    const loaded = await Promise.all(
      rows.map(async (row): Promise<SigningKey> => {
        const known = keys.get(row.id);
        if (known) return known;
        const privateJwk = JSON.parse(seal.open(row.sealed, systemKeyAssociatedData(row.id))) as JWK;
        return {
          id: row.id,
          createdAt: row.created_at,
          publicJwk: row.public_jwk,
          verifyKey: await importJWK(row.public_jwk, ALGORITHM),
          signKey: await importJWK(privateJwk, ALGORITHM),
        };
      }),
    );
    keys = new Map(loaded.map((key) => [key.id, key]));
  };

  const add = async (id: string) => {
    const { publicJwk, privateJwk } = makeKeyPair(deps.random(32), id);
    const sealed = seal.seal(JSON.stringify(privateJwk), systemKeyAssociatedData(id));
    await db.call('add_system_key', [id, 'signing', JSON.stringify(publicJwk), sealed]);
  };

  return {
    refresh: async (now) => {
      await load();
      const plan = planSigningKeys([...keys.values()], now);
      if (plan.add !== undefined) await add(plan.add);
      for (const id of plan.remove) await db.call('remove_system_key', [id]);
      // Another process may have made the same key a moment earlier: what stands in the database counts.
      if (plan.add !== undefined || plan.remove.length > 0) await load();
    },

    sign: async (session, now) => {
      const { signing } = planSigningKeys([...keys.values()], now);
      const key = signing === undefined ? undefined : keys.get(signing);
      if (!key) throw new Problem('unavailable', { retryAfterSeconds: 1 });
      const issuedAt = Math.floor(now.getTime() / 1000);
      return await new SignJWT()
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: key.id })
        .setIssuer(deps.publicUrl)
        .setAudience(session.appId)
        .setSubject(session.id)
        .setJti(deps.random(TOKEN_ID_BYTES).toString('base64url'))
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + TOKEN_SECONDS)
        .sign(key.signKey);
    },

    verify: async (token, now) => {
      try {
        const { payload } = await jwtVerify(
          token,
          ({ kid }) => {
            const key = kid === undefined ? undefined : keys.get(kid);
            if (!key) throw new errors.JWKSNoMatchingKey();
            return key.verifyKey;
          },
          {
            algorithms: [ALGORITHM],
            typ: TYPE,
            issuer: deps.publicUrl,
            requiredClaims: ['aud', 'sub', 'jti', 'iat', 'exp'],
            maxTokenAge: TOKEN_SECONDS,
            clockTolerance: CLOCK_TOLERANCE_SECONDS,
            currentDate: now,
          },
        );
        const { aud, sub } = payload;
        return typeof aud === 'string' && sub ? { appId: aud, sessionId: sub } : undefined;
      } catch (cause) {
        if (cause instanceof errors.JOSEError) return undefined;
        throw cause;
      }
    },

    keySet: () => {
      if (keys.size === 0) throw new Problem('unavailable', { retryAfterSeconds: 1 });
      return { keys: [...keys.values()].map(({ publicJwk }) => publicJwk) };
    },
  };
}

/** An Ed25519 private key is its 32 random bytes; PKCS #8 wants this before them. @see RFC 8410 section 7 */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

function makeKeyPair(seed: Buffer, id: string): { publicJwk: JWK; privateJwk: JWK } {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const { kty, crv, x } = createPublicKey(privateKey).export({ format: 'jwk' }) as JWK & { kty: 'OKP' };
  const publicJwk = { kty, crv, x, kid: id, alg: ALGORITHM, use: 'sig' } as JWK;
  return { publicJwk, privateJwk: { ...publicJwk, d: seed.toString('base64url') } as JWK };
}

/** A device with passkeys, in software: what a browser would hand over, made by hand. @see WebAuthn level 3, section 6 */
import { createHash, type createPrivateKey, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';

interface Key {
  id: Buffer;
  privateKey: ReturnType<typeof createPrivateKey>;
  cose: Buffer;
  counter: number;
}

export interface DeviceOptions {
  origin: string;
  rpId: string;
  /** Whether the person has shown that it is him. */
  verifies?: boolean;
}

const FLAGS = { present: 0x01, verified: 0x04, attested: 0x40 };
const encode = (bytes: Buffer) => bytes.toString('base64url');
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest();

export function createAuthenticator({ origin, rpId, verifies = true }: DeviceOptions) {
  const keys = new Map<string, Key>();

  const clientData = (type: string, challenge: string, from: string) =>
    Buffer.from(JSON.stringify({ type, challenge, origin: from, crossOrigin: false }));
  const head = (key: Key, extraFlags = 0) => {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(key.counter);
    const flags = FLAGS.present | (verifies ? FLAGS.verified : 0) | extraFlags;
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), counter]);
  };

  return {
    /** Counts up with every signature, as devices that hold a key alone do. */
    make: (options: { challenge: string }, from = origin) => {
      const key = makeKey();
      keys.set(encode(key.id), key);
      const idLength = Buffer.alloc(2);
      idLength.writeUInt16BE(key.id.length);
      const data = Buffer.concat([head(key, FLAGS.attested), Buffer.alloc(16), idLength, key.id, key.cose]);
      const attestation = cborMap([
        [cborText('fmt'), cborText('none')],
        [cborText('attStmt'), cborMap([])],
        [cborText('authData'), cborBytes(data)],
      ]);
      return {
        id: encode(key.id),
        rawId: encode(key.id),
        type: 'public-key',
        response: {
          clientDataJSON: encode(clientData('webauthn.create', options.challenge, from)),
          attestationObject: encode(attestation),
          transports: ['internal'],
        },
        clientExtensionResults: {},
      };
    },

    sign: (id: string, options: { challenge: string }, { from = origin, counts = true } = {}) => {
      const key = keys.get(id);
      if (key === undefined) throw new Error('the device has no such key');
      if (counts) key.counter += 1;
      const data = head(key);
      const client = clientData('webauthn.get', options.challenge, from);
      const signer = createSign('sha256').update(Buffer.concat([data, sha256(client)]));
      return {
        id,
        rawId: id,
        type: 'public-key',
        response: {
          clientDataJSON: encode(client),
          authenticatorData: encode(data),
          signature: encode(signer.sign(key.privateKey)),
        },
        clientExtensionResults: {},
      };
    },
  };
}

function makeKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  // kty: EC2, alg: ES256, crv: P-256. RFC 9053
  const cose = cborMap([
    [cborInt(1), cborInt(2)],
    [cborInt(3), cborInt(-7)],
    [cborInt(-1), cborInt(1)],
    [cborInt(-2), cborBytes(Buffer.from(x, 'base64url'))],
    [cborInt(-3), cborBytes(Buffer.from(y, 'base64url'))],
  ]);
  return { id: randomBytes(32), privateKey, cose, counter: 0 };
}

/** As much of RFC 8949 as this needs. */
function cborHead(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 256) return Buffer.from([(major << 5) | 24, value]);
  return Buffer.from([(major << 5) | 25, value >> 8, value & 255]);
}
const cborInt = (value: number) => (value < 0 ? cborHead(1, -1 - value) : cborHead(0, value));
const cborBytes = (bytes: Buffer) => Buffer.concat([cborHead(2, bytes.length), bytes]);
const cborText = (text: string) => Buffer.concat([cborHead(3, Buffer.byteLength(text)), Buffer.from(text)]);
const cborMap = (pairs: readonly (readonly [Buffer, Buffer])[]) =>
  Buffer.concat([cborHead(5, pairs.length), ...pairs.flat()]);

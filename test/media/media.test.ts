import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { judgeMedia } from '../../src/media/media.ts';
import { eventually } from '../helpers/gateway.ts';
import { type Body, openMediaRoom } from './setup.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const JPG = Buffer.concat([
  Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]),
  Buffer.from('JFIF\0'),
  Buffer.alloc(64),
]);
const PDF = Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\n');
const OLE = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(512)]);
const ftyp = (brand: string) =>
  Buffer.concat([Buffer.from([0, 0, 0, 20]), Buffer.from(`ftyp${brand}`), Buffer.alloc(64)]);

function formOf(bytes: Buffer, filename: string, part = 'file'): FormData {
  const form = new FormData();
  form.append(part, new File([new Uint8Array(bytes)], filename));
  return form;
}

test('what a file is, its content says, and a name only where formats look alike', async (t) => {
  const kindOf = async (bytes: Buffer, filename: string) => {
    const judged = await judgeMedia({ bytes, filename }, 'body.file');
    return 'kind' in judged ? `${judged.kind} ${judged.filename}` : judged.code;
  };
  t.is(await kindOf(PNG, 'photo.exe'), 'image photo.png');
  t.is(await kindOf(JPG, 'عکس.jpeg'), 'image عکس.jpg');
  t.is(await kindOf(PDF, ''), 'file file.pdf');
  t.is(await kindOf(PDF, '../../etc/"فاکتور".pdf'), 'file فاکتور.pdf');
  t.is(await kindOf(OLE, 'list.xls'), 'file list.xls');
  t.is(await kindOf(OLE, 'list.msi'), 'unknown_format');
  t.is(await kindOf(ftyp('M4A '), 'v'), 'voice v.m4a');
  t.is(await kindOf(ftyp('3gp5'), 'v.3gp'), 'voice v.3gp');
  t.is(await kindOf(ftyp('isom'), 'v.mp4'), 'video v.mp4');
  t.is(await kindOf(ftyp('isom'), 'v.m4a'), 'voice v.m4a');
  t.is(await kindOf(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'a.png'), 'unknown_format');
  t.is(await kindOf(Buffer.from('MZ'), 'a.png'), 'unknown_format');
  t.is(await kindOf(Buffer.alloc(0), 'a.png'), 'empty');
  t.is(await kindOf(Buffer.concat([PNG, Buffer.alloc(5_000_001)]), 'a.png'), 'too_large');
  t.is(await kindOf(Buffer.concat([ftyp('M4A '), Buffer.alloc(1_500_001)]), 'a.m4a'), 'too_large');
});

test('no bytes and no name make it throw, and every name it gives is one segment', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 400 }),
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom(PNG, PDF, OLE, ftyp('isom'), Buffer.from('PK\x03\x04'), Buffer.alloc(0)),
      async (tail, filename, head) => {
        const judged = await judgeMedia({ bytes: Buffer.concat([head, tail]), filename }, 'body.file');
        return 'kind' in judged ? /^[^/\\\0"<>]{1,105}$/u.test(judged.filename) : judged.message.length < 300;
      },
    ),
    { numRuns: 300 },
  );
  t.pass();
});

test.serial('is protected, and an app of the first generation has no media', async (t) => {
  const room = await openMediaRoom(t, { app: { generation: 'v1' } });
  t.is((await room.post(formOf(PNG, 'a.png'), { authorization: 'Bearer pvd_live_x' })).status, 401);
  const { status, body } = await room.post(formOf(PNG, 'a.png'));
  t.is(status, 400);
  t.is(body.errors[0].code, 'not_in_generation');
  t.deepEqual(room.divar.requests, []);
});

test.serial(
  'a form goes to Divar in its steps, the key to the REST host alone, the token sealed',
  async (t) => {
    const room = await openMediaRoom(t);
    const { status, body } = await room.post(formOf(PNG, 'نمونه.png'));
    t.is(status, 201);
    t.like(body, { object: 'media', kind: 'image', format: 'png', size_bytes: PNG.length });
    const [token, upload] = room.divar.requests;
    t.is(token?.path, '/experimental/open-platform/chat/upload');
    t.is(token?.headers['x-api-key'], 'divar-api-key-1');
    t.is(upload?.path, '/upload/image');
    t.is(upload?.headers.authorization, 'Bearer dXBsb2Fk');
    t.false(JSON.stringify(upload?.headers).includes('divar-api-key-1'));
    t.is(upload?.filename, 'نمونه.png');
    t.deepEqual(upload?.bytes, PNG);
    t.deepEqual((await room.ask('GET', `/v1/media/${body.id}`)).body, body);
    t.is(
      (await room.ask('GET', `/v1/media/${body.id}`, undefined, { authorization: `Bearer ${room.otherKey}` }))
        .status,
      404,
    );
    const rows = await room.owner<{ token: string }>('select * from media');
    t.is(rows.length, 1);
    t.false(JSON.stringify(rows).includes('mt_2'));
  },
);

test.serial('the same form with the same key is uploaded once, another one refused', async (t) => {
  const room = await openMediaRoom(t);
  const key = { 'idempotency-key': 'k-1' };
  const first = await room.post(formOf(PNG, 'a.png'), key);
  const again = await room.post(formOf(PNG, 'a.png'), key);
  t.is(again.headers.get('idempotent-replayed'), 'true');
  t.deepEqual(again.body, first.body);
  t.is(room.divar.requests.length, 2);
  t.is((await room.post(formOf(JPG, 'a.png'), key)).status, 422);
  t.is((await room.owner<object>('select * from media')).length, 1);
});

test.serial('what is no good form is refused with its reason, and nothing is stored', async (t) => {
  const room = await openMediaRoom(t);
  const two = formOf(PNG, 'a.png');
  two.append('file', new File(['x'], 'b.png'));
  const field = formOf(PNG, 'a.png');
  field.append('kind', 'image');
  const multipart = { 'content-type': 'multipart/form-data; boundary=x' };
  const json = { 'content-type': 'application/json' };
  const cases: [Body, Record<string, string>, number, string][] = [
    [formOf(PNG, 'a.png', 'upload'), {}, 400, 'unknown_field'],
    [two, {}, 400, 'unknown_field'],
    [field, {}, 400, 'unknown_field'],
    [new FormData(), {}, 400, 'required'],
    [formOf(Buffer.from('hello'), 'a.png'), {}, 400, 'unknown_format'],
    [formOf(Buffer.alloc(0), 'a.png'), {}, 400, 'empty'],
    ['--x\r\nbroken', multipart, 400, 'invalid_multipart'],
    ['x', { 'content-type': 'multipart/form-data' }, 400, 'invalid_multipart'],
    ['{"file":{"bytes":"x"}}', json, 400, 'invalid_type'],
    ['{"url":"https://a.example/","more":1}', json, 400, 'unrecognized_keys'],
    ['x', { 'content-type': 'text/plain' }, 415, ''],
  ];
  for (const [form, headers, status, code] of cases) {
    const answer = await room.post(form, headers);
    t.is(answer.status, status, code);
    t.is(answer.body.errors[0]?.code ?? '', code, JSON.stringify(answer.body));
  }
  t.is((await room.post(formOf(Buffer.alloc(50_000_001), 'a.mp4'))).status, 413);
  t.deepEqual(room.divar.requests, []);
  t.is((await room.owner<object>('select * from media')).length, 0);
  t.is((await room.post(formOf(PNG, 'a.png'))).status, 201);
});

test.serial('a caller that hangs up in the middle leaves nothing, and its memory comes back', async (t) => {
  const room = await openMediaRoom(t);
  const { port } = new URL(room.url);
  const head = [
    'POST /v1/media HTTP/1.1',
    'host: x',
    `authorization: Bearer ${room.apiKey}`,
    'content-type: multipart/form-data; boundary=x',
    'content-length: 49000000',
    '',
    '--x\r\ncontent-disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n',
  ].join('\r\n');
  for (let n = 0; n < 8; n += 1)
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(head, () => socket.destroySoon());
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
    });
  // What an address brings may be as large as a video: it finds room again.
  await eventually('memory', async () => (await room.postUrl('http://127.0.0.2:9/a.mp4')).status === 400);
  t.is((await room.post(formOf(PNG, 'a.png'))).status, 201);
  t.is((await room.owner<object>('select * from media')).length, 1);
});

test.serial(
  'when Divar is away the answer is 503, when it refuses a problem, and nothing is stored',
  async (t) => {
    const room = await openMediaRoom(t);
    const cases: [host: 'token' | 'upload', status: number, body: string, expected: number][] = [
      ['token', 500, '', 503],
      ['token', 200, '<html>', 503],
      ['token', 429, '{"code":8}', 503],
      ['token', 403, '{"code":7}', 409],
      ['upload', 502, '', 503],
      ['upload', 200, '{"status":"ok"}', 503],
      ['upload', 401, '', 503],
      ['upload', 400, '{"code":3}', 400],
    ];
    for (const [host, status, body, expected] of cases) {
      room.divar.answer = (request) => (request.host === host ? { status, body } : undefined);
      const answer = await room.post(formOf(PNG, 'a.png'));
      t.is(answer.status, expected, `${host} ${status}`);
      if (expected === 503) t.truthy(answer.headers.get('retry-after'));
    }
    t.is((await room.owner<object>('select * from media')).length, 0);
  },
);

test.serial('a file is fetched from its address, but from no place inside', async (t) => {
  const room = await openMediaRoom(t);
  const files = createServer((request, response) => {
    if (request.url === '/a/%D8%B9%DA%A9%D8%B3.png') response.end(PNG);
    else if (request.url === '/redirect') response.writeHead(302, { location: '/a.png' }).end();
    else if (request.url === '/large') {
      response.on('error', () => undefined);
      const more = () => {
        if (response.destroyed) return;
        response.write(Buffer.alloc(1_000_000));
        setImmediate(more);
      };
      more();
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => files.listen(0, '0.0.0.0', resolve));
  t.teardown(() => {
    files.closeAllConnections();
    files.close();
  });
  const { port } = files.address() as AddressInfo;
  const { status, body } = await room.postUrl(`http://127.0.0.2:${port}/a/%D8%B9%DA%A9%D8%B3.png`);
  t.is(status, 201, JSON.stringify(body));
  t.is(room.divar.requests[1]?.filename, 'عکس.png');
  const codeOf = async (url: string) => {
    const answer = await room.postUrl(url);
    t.is(answer.status, 400);
    return answer.body.errors[0].code as string;
  };
  t.is(await codeOf(`http://127.0.0.2:${port}/redirect`), 'unreachable');
  t.is(await codeOf(`http://127.0.0.2:${port}/none`), 'unreachable');
  t.is(await codeOf(`http://127.0.0.2:${port}/large`), 'too_large');
  t.is(await codeOf(`http://127.0.0.1:${port}/a.png`), 'url_not_allowed');
  t.is(await codeOf('https://169.254.169.254/latest/meta-data'), 'url_not_allowed');
  t.is(await codeOf('ftp://127.0.0.2/a'), 'invalid_format');
  t.is(room.divar.requests.length, 2);
});

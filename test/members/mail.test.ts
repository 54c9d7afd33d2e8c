import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { createMailStore } from '../../src/members/mail-store.ts';
import { createLinks, type Letter, writeMail } from '../../src/members/mails.ts';
import { createMemberStore } from '../../src/members/store.ts';
import { createMailWorker } from '../../src/members/worker.ts';
import { createMailboxDriver, createNoMail, createSmtp } from '../../src/platform/mail.ts';
import type { SendMail } from '../../src/ports.ts';
import { rewrapEverything } from '../../src/tenants/rewrap.ts';
import { createTestDatabase, queryAsOwner } from '../helpers/database.ts';
import { createTestClock, testBlindIndex, testRandom, testSeal } from '../helpers/fakes.ts';
import { silentLog } from '../helpers/log.ts';
import { openBrowser, openRoom, PASSWORD } from './setup.ts';

async function openBox(t: ExecutionContext, sendMail: SendMail) {
  const { db, ownerUrl } = await createTestDatabase(t);
  const mails = createMailStore({ seal: testSeal(), random: testRandom });
  const log = silentLog();
  const worker = createMailWorker({ db, mails, sendMail, random: testRandom, log });
  const add = (letter: Letter) => mails.add(db, { to: 'sara@shop.example', language: 'fa', letter });
  const left = () =>
    queryAsOwner<{ attempt_count: number; waits: boolean }>(
      ownerUrl,
      'select attempt_count, next_at > now() as waits from outgoing_mails',
    );
  const skipWait = () => queryAsOwner(ownerUrl, 'update outgoing_mails set next_at = now()');
  return { db, ownerUrl, mails, worker, add, left, skipWait, log };
}

test('a mail that was not taken waits and is tried again; one that was is gone', async (t) => {
  let isDown = true;
  const sent: string[] = [];
  const box = await openBox(t, async ({ text }) => {
    if (isDown) throw Object.assign(new Error('for sara@shop.example'), { code: 'ECONNREFUSED' });
    sent.push(text);
  });
  await box.add({ kind: 'reset', link: 'http://localhost:3000/admin/reset#x' });
  t.is(await box.worker.tick(), 1);
  t.deepEqual(await box.left(), [{ attempt_count: 1, waits: true }]);
  t.is(await box.worker.tick(), 0);
  t.false(JSON.stringify(box.log.lines).includes('sara@shop.example'));
  isDown = false;
  await box.skipWait();
  t.is(await box.worker.tick(), 1);
  t.deepEqual(await box.left(), []);
  t.is(sent.length, 1);
});

test('a mail to nobody takes its way and is not sent', async (t) => {
  const box = await openBox(t, () => t.fail() as never);
  await box.add({ kind: 'nobody' });
  t.is(await box.worker.tick(), 1);
  t.deepEqual(await box.left(), []);
});

test('without a mail server mails wait', async (t) => {
  const box = await openBox(t, createNoMail().send);
  await box.add({ kind: 'password_changed' });
  await box.worker.tick();
  t.deepEqual(await box.left(), [{ attempt_count: 1, waits: true }]);
});

test('a newer key seals what members have, and nothing needs the old one', async (t) => {
  const { db, ownerUrl } = await createTestDatabase(t);
  const kit = { blindIndex: testBlindIndex, random: testRandom };
  const now = new Date();
  const old = { ...kit, seal: testSeal('old') };
  const member = { id: 'mem_1', email: 'sara@shop.example', passwordHash: 'x', language: 'fa', now } as const;
  await createMemberStore(old).insert(db, member);
  await createMemberStore(old).change(db, 'mem_1', {
    totpSecret: 'JBSWY3DPEHPK3PXP',
    pendingTotpSecret: 'AAAA',
  });
  await createMailStore(old).addWithToken(
    db,
    {
      hash: 'h',
      kind: 'reset',
      facts: { memberId: 'mem_1' },
      now,
      expiresAt: new Date(now.getTime() + 60_000),
    },
    { to: member.email, language: 'fa', letter: { kind: 'password_changed' } },
  );
  t.like(await rewrapEverything(db, testSeal('new', 'old')), { members: 5 });
  t.like(await rewrapEverything(db, testSeal('new', 'old')), { members: 0 });
  const fresh = { ...kit, seal: testSeal('new') };
  t.like(await createMemberStore(fresh).findById(db, 'mem_1'), {
    email: member.email,
    totpSecret: 'JBSWY3DPEHPK3PXP',
  });
  t.deepEqual(await createMailStore(fresh).findToken(db, 'h', 'reset', now), { memberId: 'mem_1' });
  t.deepEqual(await queryAsOwner(ownerUrl, "select 1 from members where email like 'old.%'"), []);
});

/** A mail server of the plainest kind; what it was told. */
async function startSmtp(t: ExecutionContext) {
  const letters: string[] = [];
  const server = createServer((socket) => {
    let isLetter = false;
    let letter = '';
    socket.on('error', () => undefined);
    socket.write('220 ready\r\n');
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\r\n').slice(0, -1)) {
        if (!isLetter) {
          isLetter = line === 'DATA';
          socket.write(isLetter ? '354 go on\r\n' : '250 ok\r\n');
        } else if (line === '.') {
          letters.push(letter);
          isLetter = false;
          socket.write('250 taken\r\n');
        } else letter += `${line}\n`;
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close());
  return { letters, url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('hands a mail to a mail server, in Persian, and nothing of it makes a header', async (t) => {
  const smtp = await startSmtp(t);
  const driver = createSmtp({ url: smtp.url, from: 'Peyvand <no-reply@peyvand.example>' });
  t.teardown(driver.close);
  const mail = writeMail('sara@shop.example', 'fa', {
    kind: 'invitation',
    organization: 'x\r\nBcc: all@shop.example',
    role: 'viewer',
    link: 'http://localhost:3000/admin/invite#x',
  });
  if (mail) await driver.send(mail);
  t.is(smtp.letters.length, 1);
  const [head = ''] = (smtp.letters[0] ?? '').split('\n\n');
  t.regex(head, /^From: Peyvand <no-reply@peyvand\.example>$/m);
  t.regex(head, /^To: sara@shop\.example$/m);
  t.notRegex(head, /^Bcc:/m);
});

test('every letter is there in both languages, with its link on a line of its own', (t) => {
  const links = createLinks('https://panel.example');
  const link = links.confirm('a'.repeat(43));
  t.is(link, `https://panel.example/admin/verify-email#${'a'.repeat(43)}`);
  const letters: Letter[] = [
    { kind: 'confirm', organization: 'Shop', link },
    { kind: 'known', link, resetLink: links.forgot },
    { kind: 'reset', link },
    { kind: 'invitation', organization: 'Shop', role: 'admin', link },
  ];
  for (const letter of letters) {
    for (const language of ['fa', 'en'] as const) {
      const mail = writeMail('a@b.example', language, letter);
      t.true(mail?.text.split('\n').includes(link), letter.kind);
      t.is(/[\u0600-\u06ff]/.test(mail?.subject ?? ''), language === 'fa', letter.kind);
    }
  }
});

test('the mailbox page shows mails as text, newest first', async (t) => {
  const room = await openRoom(t);
  const get = async (accept: string) => {
    const reply = await fetch(`${room.url}/dev/mail`, { headers: { accept } });
    return { headers: reply.headers, text: await reply.text() };
  };
  t.regex((await get('text/html')).text, /هنوز نامه‌ای نیامده است/);
  const organization = '<script>alert(1)</script>';
  const email = 'sara@shop.example';
  await openBrowser(room).must('POST', '/signup', { organization, email, password: PASSWORD }, 202);
  await room.deliver();
  const { text, headers } = await get('text/html');
  t.false(text.includes('<script'));
  t.regex(text, /href="http:\/\/localhost:3000\/admin\/verify-email#[\w-]{43}"/);
  t.regex(headers.get('content-security-policy') ?? '', /default-src 'none'/);
  const { data } = JSON.parse((await get('application/json')).text);
  t.like(data[0], { to: email });
});

test('the mailbox keeps the last hundred', async (t) => {
  const { send, mailbox } = createMailboxDriver({ clock: createTestClock() });
  for (let count = 0; count < 120; count += 1)
    await send({ to: 'a@b.example', subject: `${count}`, text: '' });
  t.is(mailbox?.list().length, 100);
  t.is(mailbox?.list()[0]?.mail.subject, '119');
});

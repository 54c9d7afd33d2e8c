/**
 * The yardsticks of the init path, on the same Koa, router and zod:
 *   bare   answers a checked body and stores nothing
 *   naive  what one writes by hand on a first day: one awaited insert per request
 * `node --import tsx bench/servers/bare.ts bare|naive <port>`, DATABASE_URL for the second; prints `listening`.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import knexModule from 'knex';
import Koa from 'koa';
import { z } from 'zod';

const [, , kind, port] = process.argv;
const KEY = Buffer.from('idk_9f3e77c1');

const Body = z.looseObject({
  source: z.string().nullish(),
  post_token: z.string().nullish(),
  conversation_id: z.string().nullish(),
  user_side: z.string().nullish(),
  user_id: z.string().nullish(),
  extra_data: z.looseObject({}).nullish(),
  completion_url: z.string().nullish(),
});

const db =
  kind === 'naive'
    ? knexModule.knex({ client: 'pg', connection: process.env.DATABASE_URL ?? '', pool: { min: 2, max: 10 } })
    : undefined;
await db?.raw(
  'create table if not exists naive_sessions (id text primary key, app_id text not null, body jsonb not null, created_at timestamptz not null)',
);

const router = new Router();
router.post('/i/:app_id', async (ctx) => {
  const key = Buffer.from(ctx.get('authorization'));
  if (key.length !== KEY.length || !timingSafeEqual(key, KEY)) {
    ctx.status = 401;
    return;
  }
  const body = Body.parse(ctx.request.body);
  const id = randomBytes(16).toString('base64url');
  await db?.('naive_sessions').insert({
    id,
    app_id: ctx.params.app_id,
    body: JSON.stringify(body),
    created_at: new Date(),
  });
  ctx.body = { url: `http://localhost:3000/s/${id}` };
});

new Koa()
  .use(bodyParser())
  .use(router.routes())
  .listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));

import test from 'ava';
import { createNewId, systemRandom } from '../../src/platform/ids.ts';
import { createSessionStore } from '../../src/session/store.ts';
import { createSweepWorker } from '../../src/tenants/sweep-worker.ts';
import { provision } from '../helpers/apps.ts';
import { createTestDatabase, queryAsOwner } from '../helpers/database.ts';
import { testSeal } from '../helpers/fakes.ts';
import { newSession } from '../helpers/sessions.ts';

const DAY_MS = 24 * 3600 * 1000;

test('a visit is kept for ninety days and a little, whoever its tenant is', async (t) => {
  const database = await createTestDatabase(t);
  const { db, ownerUrl } = database;
  const sessions = createSessionStore({ seal: testSeal() });
  const kept: string[] = [];
  for (const name of ['a', 'b']) {
    const made = await provision(database, {
      tenant: { external_id: name },
      app: { external_id: name },
      divar: { slug: name, identification_key: name },
    });
    for (const ageDays of [0, 89, 91.5, 200]) {
      const createdAt = new Date(Date.now() - ageDays * DAY_MS);
      const id = createNewId({ clock: { now: () => createdAt }, random: systemRandom })('ses');
      const expiresAt = new Date(createdAt.getTime() + DAY_MS);
      const session = newSession({ tenantId: made.tenant.id, appId: made.app.id, id, createdAt, expiresAt });
      await db.tenant(made.tenant.id, (tx) => sessions.insert(tx, session));
      if (ageDays < 90) kept.push(id);
    }
  }
  const sweep = createSweepWorker({ db });
  while ((await sweep.tick()) > 0);
  const left = await queryAsOwner<{ id: string }>(ownerUrl, 'select id from sessions order by id');
  t.deepEqual(
    left.map(({ id }) => id),
    kept.sort(),
  );
});

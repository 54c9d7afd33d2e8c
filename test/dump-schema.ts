/** `npm run schema`: writes `migrations/schema.sql` from a database that has just been migrated. */
import { writeFile } from 'node:fs/promises';
import { migrate } from '../src/platform/migrate.ts';
import { createEmptyDatabase, withClient } from './helpers/database.ts';
import { dumpSchema } from './helpers/schema.ts';

const endings: (() => void | Promise<void>)[] = [];
const { ownerUrl } = await createEmptyDatabase({ teardown: (end) => void endings.push(end) });
await migrate(ownerUrl);
await writeFile(new URL('../migrations/schema.sql', import.meta.url), await withClient(ownerUrl, dumpSchema));
for (const end of endings.reverse()) await end();

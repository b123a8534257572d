// A writer as a process of its own, which the test ends by SIGKILL in the middle of an append. It appends commands
// `write 1`, `write 2`, … each with a note alongside, and prints the number of each that was acknowledged.
import { writeSync } from 'node:fs';
import { anAppend } from '@odst/event-store/contract/appends';
import pg from 'pg';
import { startEventStoreDbStore } from '../src/index.ts';

const [url = '', streamPrefix = '', databaseUrl = '', schema = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl });
const store = await startEventStoreDbStore({ url, streamPrefix, pool, schema });
for (let number = 1; ; number += 1) {
  const alongside = async (transaction: Pick<pg.ClientBase, 'query'>): Promise<void> => {
    await transaction.query(`INSERT INTO ${schema}.notes VALUES ($1)`, [String(number)]);
  };
  await store.append(anAppend({ alongside, commandId: `write ${number}` }));
  writeSync(1, `${number}\n`);
}

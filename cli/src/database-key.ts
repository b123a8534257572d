import { printable } from '@odst/kernel';
import { localCommand } from './command.ts';
import { RefusedFault } from './status.ts';

/** `odst database-key rotate`: nothing is asked over the network, since who may write to the data directory owns the server. */
export const databaseKeyCommand = localCommand({
  name: 'database-key rotate',
  summary: "on the server's own machine: another key for the secrets in the database, from the next start on",
  details:
    'Puts a new key before the one in database.key. The next start encrypts everything with it, and takes the older one out of the file.',
  options: {
    'data-dir': { about: 'of the server; default ODST_DATA_DIR, then ./.odst', value: 'DIR' },
    'dry-run': { about: 'only tell what would change' },
  },
  async runLocal({ options }, { dataDirs, env, print }) {
    const dataDir = options['data-dir'] ?? env['ODST_DATA_DIR'] ?? './.odst';
    const isDry = options['dry-run'] === true;
    const change = await dataDirs.addDatabaseKey(dataDir, isDry);
    if (change === undefined) {
      throw new RefusedFault(
        `there is no database.key in ${dataDir}: give the data directory with --data-dir. Where the setting DATABASE_KEY has the key, put a new one before it, with a comma; nothing was changed`,
      );
    }
    const { before, after } = change;
    if (after === undefined) {
      print(printable(`A new key waits already: start the server anew. Nothing was changed; the newest is ${before}.`));
      return { before: null, after: before, isDry };
    }
    const words = isDry
      ? `Would put a new key before ${before}. Nothing was changed.`
      : `The new key is ${after}. Start the server anew: it encrypts all secrets with it, and takes ${before} out of database.key. Back up database.key then.`;
    print(printable(words));
    return { before, after: isDry ? null : after, isDry };
  },
});

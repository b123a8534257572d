import { registrationEventCodec } from '@odst/contracts/registration';
import { execute, queryRows } from '@odst/postgres';
import type { Projection } from '@odst/projections';
import { afterEvent } from '../app/directory.ts';
import { isOfKnownServer } from '../domain/known-server.ts';
import { serverStream } from '../domain/server.ts';
import { columnsOf, type ServerRow, serverColumns, serverOf } from './server-row.ts';

const streamPrefix = serverStream('');

const columns = serverColumns.join(', ');
const select = `SELECT ${columns} FROM known_servers WHERE iss = $1`;
const put = `
  INSERT INTO known_servers (${columns}) VALUES (${serverColumns.map((_, at) => `$${at + 1}`).join(', ')})
  ON CONFLICT (iss) DO UPDATE SET ${serverColumns.map((column) => `${column} = excluded.${column}`).join(', ')}`;

/** The table `known_servers`: the same fold as the commands are decided on. */
export const serversProjection: Projection = {
  name: 'servers',
  version: 1,
  tables: ['known_servers'],
  async apply(transaction, recorded) {
    if (!recorded.stream.startsWith(streamPrefix) || !registrationEventCodec.reads(recorded)) return;
    const event = registrationEventCodec.decode(recorded);
    if (!isOfKnownServer(event)) return;
    const [row] = await queryRows<ServerRow>(transaction, select, [recorded.stream.slice(streamPrefix.length)]);
    const after = afterEvent(row === undefined ? undefined : serverOf(row), event, recorded);
    if (after !== undefined) await execute(transaction, put, [...columnsOf(after)]);
  },
};

import { registrationEventCodec } from '@odst/contracts/registration';
import { execute, queryRows } from '@odst/postgres';
import type { Projection } from '@odst/projections';
import { isOfKnownServer, knownServerDecider } from '../domain/known-server.ts';
import { serverStream } from '../domain/server.ts';
import { columnsOf, type ServerRow, serverOf } from './server-row.ts';

const streamPrefix = serverStream('');

const select = 'SELECT iss, relation, peer_id, introduced_by, profile, since FROM known_servers WHERE iss = $1';
const put = `
  INSERT INTO known_servers (iss, relation, peer_id, introduced_by, profile, since) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (iss) DO UPDATE
    SET relation = excluded.relation, peer_id = excluded.peer_id, introduced_by = excluded.introduced_by, profile = excluded.profile,
        since = excluded.since`;

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
    const before = row === undefined ? undefined : serverOf(row);
    const after = knownServerDecider.evolve(before, event);
    if (after === undefined) return;
    const since = before?.relation === after.relation ? before.since : recorded.recordedAt;
    await execute(transaction, put, [...columnsOf({ ...after, since })]);
  },
};

import { registrationEventCodec } from '@odst/contracts/registration';
import { execute } from '@odst/postgres';
import type { Projection } from '@odst/projections';

/** The table `peers`: the servers that are or were peers, one row each. */
export const peersProjection: Projection = {
  name: 'peers',
  version: 1,
  tables: ['peers'],
  async apply(transaction, recorded) {
    if (!registrationEventCodec.reads(recorded)) return;
    const { type, data } = registrationEventCodec.decode(recorded);
    switch (type) {
      case 'PeerRegistered': {
        const { iss, peerId, name, url, stage, firewalledMode, publicKey, initiatedBy } = data;
        await execute(
          transaction,
          `INSERT INTO peers (iss, id, name, url, stage, firewalled_mode, public_key, initiated_by, registered_at, unregistered_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)
           ON CONFLICT (iss) DO UPDATE SET id = excluded.id, name = excluded.name, url = excluded.url, stage = excluded.stage,
             firewalled_mode = excluded.firewalled_mode, public_key = excluded.public_key,
             initiated_by = excluded.initiated_by, registered_at = excluded.registered_at, unregistered_at = NULL`,
          [iss, peerId, name, url, stage, firewalledMode, Buffer.from(publicKey), initiatedBy, recorded.recordedAt],
        );
        break;
      }
      case 'PeerProfileChanged': {
        const { iss, name, url, stage, firewalledMode } = data;
        await execute(transaction, 'UPDATE peers SET name = $2, url = $3, stage = $4, firewalled_mode = $5 WHERE iss = $1', [
          iss,
          name,
          url,
          stage,
          firewalledMode,
        ]);
        break;
      }
      case 'PeerUnregistered':
        await execute(transaction, 'UPDATE peers SET unregistered_at = $2 WHERE iss = $1', [data.iss, recorded.recordedAt]);
        break;
      default:
        break;
    }
  },
};

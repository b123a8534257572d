import { type Queryable, queryRows } from '@odst/postgres';
import type { ProjectionRunner } from '@odst/projections';
import type { KnownPeer } from '../app/directory.ts';
import type { PeerRows } from '../app/ports.ts';
import { checkStage } from '../domain/profile.ts';

type Row = {
  readonly iss: string;
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly stage: string;
  readonly firewalled_mode: boolean;
  readonly public_key: Uint8Array;
  readonly registered_at: Date;
};

/** Reads the table `peers`. */
export function createPeerRows(pool: Queryable, projection: Pick<ProjectionRunner, 'waitFor'>): PeerRows {
  const text = `SELECT iss, id, name, url, stage, firewalled_mode, public_key, registered_at FROM peers
    WHERE unregistered_at IS NULL ORDER BY id`;
  return {
    async registered(position) {
      await projection.waitFor(position);
      return (await queryRows<Row>(pool, text)).map(peerOf);
    },
  };
}

function peerOf({ iss, id, name, url, stage, firewalled_mode: firewalledMode, public_key, registered_at }: Row): KnownPeer {
  const profile = { name, url, stage: checkStage(stage, 'REGISTRATION_PEER_INVALID'), firewalledMode };
  return { registered: true, peerId: id, iss, profile, publicKey: public_key, registeredAt: registered_at };
}

import { createHash } from 'node:crypto';
import { PackageRecord } from '@odst/contracts/catalog';
import { inTransaction, type Queryable, queryRows } from '@odst/postgres';
import type { Pool } from 'pg';
import type { PeerStore } from '../app/ports.ts';
import { type HeldChange, type HeldRow, mostHeld } from '../domain/held-change.ts';

type Row = {
  readonly id: string;
  readonly package_uuid: string;
  readonly filename: string;
  readonly act: string;
  readonly stages: readonly string[];
  readonly signed_by: string;
  readonly code: string;
  readonly reason: string;
  readonly is_final: boolean;
  readonly record: Buffer | null;
  readonly since: Date;
};

type GroupRow = {
  readonly peer_iss: string;
  readonly code: string;
  readonly signed_by: string;
  readonly is_final: boolean;
  readonly reason: string;
  readonly count: number;
};

const columns = 'id, package_uuid, filename, act, stages, signed_by, code, reason, is_final, record, since';

/** What was held of the packages goes; what is held of them still keeps its time. */
const replace = `
  WITH before AS (
    DELETE FROM held_changes WHERE peer_iss = $1 AND package_uuid = ANY ($2) RETURNING package_uuid, digest, since
  )
  INSERT INTO held_changes (peer_iss, package_uuid, digest, filename, act, stages, signed_by, code, reason, is_final, record, since)
  SELECT $1, h.package_uuid, h.digest, h.filename, h.act, h.stages, h.signed_by, h.code, h.reason, h.is_final, decode(h.record, 'base64'),
    coalesce((SELECT min(before.since) FROM before WHERE (before.package_uuid, before.digest) = (h.package_uuid, h.digest)), $4)
  FROM json_to_recordset($3) AS h (
    package_uuid text, digest text, filename text, act text, stages text[], signed_by text, code text, reason text, is_final boolean,
    record text
  )`;
const dropOldest = `
  DELETE FROM held_changes WHERE id IN (
    SELECT id FROM held_changes WHERE peer_iss = $1 ORDER BY is_final, id DESC OFFSET ${mostHeld}
  ) RETURNING is_final`;
const noteDropped = 'UPDATE peer_cursors SET dropped_held = true WHERE peer_iss = $1';
const beginAgain = `
  UPDATE peer_cursors SET cursor = '', dropped_held = false
  WHERE peer_iss = $1 AND dropped_held
    AND (SELECT count(*) FROM held_changes WHERE peer_iss = $1 AND NOT is_final) <= ${mostHeld / 2}
  RETURNING peer_iss`;
const selectGroups = `
  SELECT peer_iss, code, signed_by, is_final, min(reason) AS reason, count(*)::integer AS count
  FROM held_changes WHERE $1::text IS NULL OR peer_iss = $1 GROUP BY 1, 2, 3, 4 ORDER BY count(*) DESC, 1, 2, 3, 4`;
const selectToOffer = `
  SELECT ${columns} FROM held_changes
  WHERE peer_iss = $1 AND code = $2 AND signed_by = $3 AND NOT is_final ORDER BY offered_at NULLS FIRST, id LIMIT $4`;
const selectPage = `SELECT ${columns} FROM held_changes WHERE peer_iss = $1 AND id > $2 ORDER BY id LIMIT $3`;
const takeOne = 'DELETE FROM held_changes WHERE id = $1 RETURNING peer_iss, since';
const putBack = `
  INSERT INTO held_changes
    (id, peer_iss, package_uuid, digest, filename, act, stages, signed_by, code, reason, is_final, record, since, offered_at)
  OVERRIDING SYSTEM VALUE
  VALUES (coalesce($1, nextval(pg_get_serial_sequence('held_changes', 'id'))), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`;

/** The part of the peers' memory that is about held changes, in PostgreSQL. */
export function createPgHeldChanges(
  pool: Pool,
): Pick<PeerStore, 'heldGroups' | 'heldToOffer' | 'noteOffered' | 'listHeld' | 'beginAgain'> {
  return {
    async heldGroups(peerIss) {
      const rows = await queryRows<GroupRow>(pool, selectGroups, [peerIss ?? null]);
      return rows.map(({ peer_iss, signed_by, is_final, ...group }) => {
        return { ...group, peerIss: peer_iss, signedBy: signed_by, isFinal: is_final };
      });
    },
    async heldToOffer({ peerIss, code, signedBy }, limit) {
      return (await queryRows<Row>(pool, selectToOffer, [peerIss, code, signedBy, limit])).map(rowOf);
    },
    async listHeld(peerIss, after, limit) {
      return (await queryRows<Row>(pool, selectPage, [peerIss, after, limit])).map(rowOf);
    },
    noteOffered: (id, still, at) =>
      inTransaction(pool, async (client) => {
        const [taken] = await queryRows<{ peer_iss: string; since: Date }>(client, takeOne, [id]);
        if (taken === undefined) return;
        for (const [index, held] of still.entries()) {
          const kept = [held.filename, held.act, held.stages, held.signedBy, held.code, held.reason, held.isFinal, bytesOf(held)];
          const first = [index === 0 ? id : null, taken.peer_iss, held.packageUuid, digestOf(held)];
          await queryRows(client, putBack, [...first, ...kept, taken.since, at]);
        }
      }),
    async beginAgain(peerIss) {
      return (await queryRows(pool, beginAgain, [peerIss])).length > 0;
    },
  };
}

/** Puts what is held of packages in the place of what was, in a page's transaction. @returns whether it dropped what may be taken in later */
export async function replaceHeld(
  client: Queryable,
  { peerIss, packages, held, at }: { peerIss: string; packages: readonly string[]; held: readonly HeldChange[]; at: Date },
): Promise<boolean> {
  const rows = new Map(held.map((change) => [`${change.packageUuid} ${digestOf(change)}`, change]));
  const json = [...rows.values()].map((change) => ({
    package_uuid: change.packageUuid,
    digest: digestOf(change),
    filename: change.filename,
    act: change.act,
    stages: change.stages,
    signed_by: change.signedBy,
    code: change.code,
    reason: change.reason,
    is_final: change.isFinal,
    record: bytesOf(change)?.toString('base64') ?? null,
  }));
  await queryRows(client, replace, [peerIss, packages, JSON.stringify(json), at]);
  const dropped = await queryRows<{ is_final: boolean }>(client, dropOldest, [peerIss]);
  if (dropped.every((row) => row.is_final)) return false;
  await queryRows(client, noteDropped, [peerIss]);
  return true;
}

/** The same for the same change; of what is final the record is not kept, so what is shown of it tells. */
function digestOf(held: HeldChange): string {
  const { act, stages, signedBy, reason } = held;
  const told = bytesOf(held) ?? JSON.stringify([act, stages, signedBy, reason]);
  return createHash('sha256').update(told).digest('hex');
}

function bytesOf({ record }: HeldChange): Buffer | null {
  return record === undefined ? null : Buffer.from(PackageRecord.encode(record).finish());
}

function rowOf(row: Row): HeldRow {
  return {
    id: BigInt(row.id),
    packageUuid: row.package_uuid,
    filename: row.filename,
    act: row.act,
    stages: row.stages,
    signedBy: row.signed_by,
    code: row.code,
    reason: row.reason,
    isFinal: row.is_final,
    record: row.record === null ? undefined : PackageRecord.decode(new Uint8Array(row.record)),
    since: row.since,
  };
}

import { SignedProfile, SignedRetirement } from '@odst/contracts/registration';
import type { Stage } from '@odst/kernel';
import type { OtherServer } from '../app/directory.ts';
import type { Relation } from '../domain/known-server.ts';
import { storedProfile } from '../domain/signed-profile.ts';

/** A row of the table `known_servers`. */
export type ServerRow = {
  readonly iss: string;
  readonly relation: Relation;
  readonly peer_id: number;
  readonly introduced_by: string;
  /** Proto3 JSON of the profile. */
  readonly profile: unknown;
  readonly since: Date;
  readonly stage_cap: Stage;
  readonly introduces: boolean;
  readonly blocked_since: Date | null;
  /** Proto3 JSON; null where nobody retired it. */
  readonly retirement: unknown;
  /** A bigint as text. */
  readonly version: string;
};

/** The columns, in the order of {@link columnsOf}. */
export const serverColumns = [
  'iss',
  'relation',
  'peer_id',
  'introduced_by',
  'profile',
  'since',
  'stage_cap',
  'introduces',
  'blocked_since',
  'retirement',
  'version',
] as const;

/** What a row says. */
export function serverOf(row: ServerRow): OtherServer {
  const { iss, relation, since, introduces } = row;
  return {
    iss,
    relation,
    peerId: row.peer_id,
    introducedBy: row.introduced_by,
    profile: storedProfile(SignedProfile.fromJSON(row.profile)),
    since,
    stageCap: row.stage_cap,
    introduces,
    blocked: row.blocked_since !== null,
    blockedSince: row.blocked_since ?? undefined,
    retirement: row.retirement === null ? undefined : SignedRetirement.fromJSON(row.retirement),
    version: Number(row.version),
  };
}

/** The reverse, in the order of the columns. */
export function columnsOf(server: OtherServer): readonly unknown[] {
  const { iss, relation, peerId, introducedBy, since, stageCap, introduces, blockedSince, version } = server;
  const retirement = server.retirement === undefined ? null : JSON.stringify(SignedRetirement.toJSON(server.retirement));
  const profile = JSON.stringify(SignedProfile.toJSON(server.profile));
  return [iss, relation, peerId, introducedBy, profile, since, stageCap, introduces, blockedSince ?? null, retirement, version];
}

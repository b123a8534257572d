import { SignedProfile } from '@odst/contracts/registration';
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
};

/** What a row says. */
export function serverOf({
  iss,
  relation,
  peer_id: peerId,
  introduced_by: introducedBy,
  profile,
  since,
}: ServerRow): OtherServer {
  return { iss, relation, peerId, introducedBy, profile: storedProfile(SignedProfile.fromJSON(profile)), since };
}

/** The reverse, in the order of the columns. */
export function columnsOf({ iss, relation, peerId, introducedBy, profile, since }: OtherServer): readonly unknown[] {
  return [iss, relation, peerId, introducedBy, JSON.stringify(SignedProfile.toJSON(profile)), since];
}

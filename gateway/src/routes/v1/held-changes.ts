import { listHeldChanges, routeOf } from '@odst/api';
import type { HeldBackReason, PeerState } from '@odst/contracts/sync';
import type { HttpApp } from '@odst/http';
import { type ErrorCode, OdstError, stages } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { type ServerNames, serverNames } from '../../server-names.ts';
import { oneOf, textOrNull, timeOf } from '../../wire.ts';

/** Reasons that are warned of one by one. */
const mostWarnings = 3;

/** What is wrong, and what to do about it. */
const advice: { readonly [Code in ErrorCode]?: string } = {
  CATALOG_CHANGE_SIGNER_UNKNOWN:
    'the server that signed them is not known here. They are taken in when a peer passes on what it says of itself; where no peer does, register that server',
  CATALOG_CHANGE_SIGNER_BLOCKED: 'the server that signed them is blocked here. Lift the block to take them in',
  CATALOG_CHANGE_AHEAD: 'they are dated more than 24 hours ahead. Set the clock of the server that signed them right',
  CATALOG_CHANGE_WRITER_UNKNOWN:
    'they build on changes of a server that is not known here, or that it never made. They are taken in when that server is known; where it stays so, ask the admin of the server that signed them',
  CATALOG_CHANGE_UNWRITTEN:
    'they build on changes that another server, by what it signed, has not made. They are taken in when it says that it has; where they stay, ask the admin of the server that signed them',
  CATALOG_CHANGE_ABOVE_CAP: 'they concern a stage above the cap of this peer. Raise its stage cap to take them in',
  CATALOG_CHANGE_TOO_MANY:
    'one server has more changes beside each other than an honest one makes. Make sure that only one server runs under its identity',
  CATALOG_CHANGE_INVALID:
    'they are malformed or wrongly signed, and are never taken in. Make sure that the server that signed them runs a current version and is what it says',
  CATALOG_RECORD_INVALID:
    'their record is malformed, and is never taken in. Make sure that the peer runs a current version of this program',
};

/** `GET /api/v1/peers/{id}/held`. */
export function heldChangesRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listHeldChanges),
    handler: async (request) => {
      const caller = principalOf(request);
      const { id } = request.params;
      const { peers } = await clients.peers.listPeers({}, { caller });
      const peer = peers.find((candidate) => candidate.id === id);
      if (peer === undefined) throw new OdstError('REGISTRATION_PEER_UNKNOWN', `there is no peer ${id}`);
      const { changes, next } = await clients.feed.listHeldChanges({ peerIss: peer.iss, ...request.query }, { caller });
      const names = await serverNames(
        clients,
        caller,
        changes.map(({ signedBy }) => signedBy),
      );
      const items = changes.map(({ id: entry, packageUuid, filename, act, stages: sets, signedBy, since, ...reason }) => ({
        id: entry.toString(),
        packageUuid,
        filename,
        act: textOrNull(act),
        stages: sets.map((stage) => oneOf(stages, stage)),
        ...reason,
        signedBy: textOrNull(signedBy),
        signedByName: names.get(signedBy) ?? null,
        since: timeOf(since),
      }));
      return { items, next: textOrNull(next) };
    },
  });
}

/** The part of a peer's row that is about what is held back of it. */
export function heldBackOf(state: PeerState | undefined, names: ServerNames) {
  const reasons = (state?.heldBackReasons ?? []).map(({ code, reason, signedBy, count, isFinal }) => {
    return { code, reason, signedBy: textOrNull(signedBy), signedByName: names.get(signedBy) ?? null, isFinal, count };
  });
  return { heldBack: state?.heldBack ?? 0, heldBackReasons: reasons };
}

/** What an admin should look at, in plain words: nobody is well of whom something is held back. */
export function heldWarnings(state: PeerState | undefined, names: ServerNames): readonly string[] {
  const { heldBack = 0, heldBackReasons = [] } = state ?? {};
  const told = heldBackReasons.slice(0, mostWarnings);
  const others = heldBack - told.reduce((sum, { count }) => sum + count, 0);
  return [
    ...told.map((reason) => warningOf(reason, names)),
    ...(others > 0 ? [`${changes(others)} held back for other reasons`] : []),
  ];
}

function warningOf({ code, reason, signedBy, count }: HeldBackReason, names: ServerNames): string {
  const name = names.get(signedBy);
  const signed = signedBy === '' ? '' : ` that ${name === undefined ? signedBy : `${name} (${signedBy})`} signed`;
  return `${changes(count, signed)} held back: ${advice[code as ErrorCode] ?? reason}`;
}

function changes(count: number, which = ''): string {
  return count === 1 ? `1 of its changes${which} is` : `${count} of its changes${which} are`;
}

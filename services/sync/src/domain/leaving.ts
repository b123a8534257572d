import { admits, type Stage } from '@odst/kernel';
import { isKnownAlive, type Known, type Site, sitesInOrder, statedSince } from './coverage.ts';

/** A content of a package that is to leave this server once another one that admits it holds it. */
export type LeavingContent = {
  readonly packageUuid: string;
  readonly sha256: string;
  /** Stages whose heads have it. */
  readonly stages: readonly Stage[];
};

/**
 * How much later than what is leaving was seen a server is to have been heard of: what it says of itself may be as long on its way, and its
 * profile behind its heartbeat, where a line is slow or the bus of a server in between is behind.
 */
const settlingMs = 60_000;

/**
 * The server because of which a content may leave; undefined for none. It is not blocked here; it admits the content by its stage, so it never lets it
 * go itself; it says that it holds it; and it was heard of well after this server had seen that the content is leaving. Its profile goes ahead of its
 * heartbeats, so it had no other stage then: of two that stop admitting a content at one moment, neither lets go because of the other.
 * @param seenLeavingAt when this server saw it first
 */
export function holderOf({ sha256, stages }: LeavingContent, known: Known, seenLeavingAt: Date): Site | undefined {
  const isSince = (heardAt: Date) => heardAt.getTime() > seenLeavingAt.getTime() + settlingMs;
  return sitesInOrder(known).find((site) => {
    const { iss, stage, heardAt, blocked } = site;
    if (iss === known.ownIss || blocked || heardAt === undefined || !stages.some((one) => admits(stage, one))) return false;
    return isKnownAlive(site, known) && isSince(heardAt) && statedSince(sha256, site, known.statements) !== undefined;
  });
}

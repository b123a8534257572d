import { ServerServiceService, TrustServiceService } from '@odst/contracts/registration';
import { BlobsServiceService } from '@odst/contracts/storage';
import type { ServiceConnection } from '@odst/grpc';
import { OdstError, parseStage } from '@odst/kernel';
import type { HeldContents, SiteDirectory } from '../app/holdings-ports.ts';

/** Most servers of one question about keys. */
const mostSigners = 1_000;

/** Contents of one page of what is held. */
const heldPage = 1_000;

/** Builds registration's servers as sync sees them. */
export function createGrpcSites(registration: ServiceConnection): SiteDirectory {
  const servers = registration.client(ServerServiceService);
  const trust = registration.client(TrustServiceService);
  let own: string | undefined;
  const ownIss = async (): Promise<string> => {
    if (own !== undefined) return own;
    const { server } = await servers.getServer({});
    if (server === undefined) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'registration has no identity yet');
    own = server.iss;
    return own;
  };
  return {
    ownIss,
    async listSites() {
      return (await servers.listServers({})).servers.flatMap(({ profile, relation, blockedSince, retired }) => {
        // Of this one it is told until it has said that it lives.
        if (profile === undefined || (retired && relation !== 'self')) return [];
        const { iss, name, stage } = profile;
        return [{ iss, name, stage: parseStage(stage), relation, blocked: blockedSince !== undefined }];
      });
    },
    async keysOf(toldByIss, isses) {
      const pages = Array.from({ length: Math.ceil(isses.length / mostSigners) }, (_, page) =>
        isses.slice(page * mostSigners, (page + 1) * mostSigners),
      );
      const answers = await Promise.all(pages.map((page) => trust.describeSigners({ toldByIss, isses: page })));
      const signers = answers.flatMap((answer) => answer.signers);
      const taken = signers.filter(({ publicKey, blocked, stageCap }) => publicKey.length > 0 && !blocked && stageCap !== '');
      return new Map(taken.map(({ iss, publicKey }) => [iss, publicKey]));
    },
  };
}

/** Builds storage's verified contents as sync sees them. */
export function createGrpcHeldContents(storage: ServiceConnection): HeldContents {
  const client = storage.client(BlobsServiceService);
  return {
    async *listHeld(prefix, signal) {
      for (let after = ''; ; ) {
        const { sha256s, next } = await client.listHeld({ prefix, after, limit: heldPage }, { signal });
        yield* sha256s;
        if (next === '') return;
        after = next;
      }
    },
  };
}

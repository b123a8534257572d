import {
  changesOfRecord,
  type HeldChange as HeldChangeMessage,
  type PackageRecord,
  RecordsServiceService,
} from '@odst/contracts/catalog';
import { PeersServiceService } from '@odst/contracts/registration';
import { BlobsServiceService } from '@odst/contracts/storage';
import type { ServiceConnection } from '@odst/grpc';
import { type Caller, parseStage, serviceCaller } from '@odst/kernel';
import { inSpan, streamInSpan } from '@odst/telemetry';
import { heldOf } from '../app/offer-page.ts';
import type { BlobFetcher, Catalog, Chance, PeerDirectory, WantedContent } from '../app/ports.ts';
import { contentKey } from '../domain/content-id.ts';
import type { HeldChange } from '../domain/held-change.ts';

/** The first page of a large mesh has some hundred profiles, each of which is checked and stored by itself. */
const acceptProfilesMs = 60_000;

/** Contents of one page of what is wanted, and packages of one of what is leaving. */
const [wantedPage, leavingPage] = [1_000, 200];

/** Builds the registration service as sync sees it. */
export function createGrpcPeerDirectory(registration: ServiceConnection, chance: Chance): PeerDirectory {
  const client = registration.client(PeersServiceService);
  return {
    async listPeers() {
      const { peers } = await client.listPeers({});
      return peers.map(({ iss, url, stage, firewalledMode }) => ({
        iss,
        url,
        stage: parseStage(stage),
        firewalled: firewalledMode,
      }));
    },
    async acceptProfiles(fromIss, { profiles, retirements }, signal) {
      const caller = peerCaller(fromIss, chance);
      const request = { fromIss, profiles: [...profiles], retirements: [...retirements] };
      return (await client.acceptProfiles(request, { caller, signal, timeoutMs: acceptProfilesMs })).refused;
    },
  };
}

/** Builds the catalog service as sync sees it. Each record of a peer begins a trace. */
export function createGrpcCatalog(catalog: ServiceConnection, chance: Chance): Catalog {
  const client = catalog.client(RecordsServiceService);
  return {
    async offerRecord(record, fromIss, writers, signal) {
      const { held } = await inSpan({ name: 'take in a record', attributes: { 'odst.peer': fromIss } }, () =>
        client.offerRecord({ record, fromIss, writers: [...writers] }, { caller: peerCaller(fromIss, chance), signal }),
      );
      return held.map((change) => heldChange(record, change));
    },
    async *records(uuids, signal) {
      for await (const { record } of client.getRecords({ uuids: [...uuids] }, { signal })) {
        if (record !== undefined) yield record;
      }
    },
    async recordDigests(query, signal) {
      return (await client.listRecordDigests({ ...query, uuids: [...query.uuids] }, { signal })).digests;
    },
    async listWanted() {
      const wanted = new Map<string, WantedContent>();
      let after = '';
      do {
        const { contents, next } = await client.listWanted({ after, limit: wantedPage });
        for (const { fromIss: toldByIss, packageUuid: _uuid, ...content } of contents) {
          const key = contentKey(content);
          if (!wanted.has(key)) wanted.set(key, { ...content, toldByIss });
        }
        after = next;
      } while (after !== '');
      return [...wanted.values()];
    },
    async *listLeaving(signal) {
      for (let after = ''; ; ) {
        const { contents, next } = await client.listLeaving({ after, limit: leavingPage }, { signal });
        yield* contents.map((content) => ({ ...content, stages: content.stages.map(parseStage) }));
        if (next === '') return;
        after = next;
      }
    },
    async letGo({ packageUuid, sha256 }, { iss: holderIss, name: holderName, stage: holderStage }, signal) {
      const caller = serviceCaller('sync', chance.uuid());
      const request = { packageUuid, sha256, holderIss, holderName, holderStage };
      return (await client.letGo(request, { caller, signal })).isLetGo;
    },
  };
}

/** A change that catalog holds back, with what is shown of it. */
function heldChange(
  { uuid, filename }: PackageRecord,
  { record, signedBy, code, reason, isFinal }: HeldChangeMessage,
): HeldChange {
  const [change] = record === undefined ? [] : changesOfRecord(record);
  const { act = '', sets = [] } = change ?? {};
  const said = { act, stages: sets.map(({ stage }) => stage), signedBy, code, reason, isFinal };
  return heldOf({ packageUuid: uuid, filename, ...said, record: isFinal ? undefined : record });
}

/** Builds the storage service as sync sees it. Each transfer begins a trace, which the peer goes on with. */
export function createGrpcBlobFetcher(storage: ServiceConnection): BlobFetcher {
  const client = storage.client(BlobsServiceService);
  return {
    fetchBlob({ sha256, sizeBytes, manifestDigest }, sourceIss, signal) {
      return streamInSpan({ name: 'transfer', attributes: { 'odst.peer': sourceIss, 'odst.blob': sha256 } }, () =>
        client.fetchBlob({ sha256, sizeBytes, manifestDigest, sourceIss }, { signal }),
      );
    },
  };
}

/** What a peer told is done in its name. */
function peerCaller(peerIss: string, chance: Chance): Caller {
  return { actor: `peer:${peerIss}`, remoteAddress: '', correlationId: chance.uuid(), causationId: '', traceparent: '' };
}

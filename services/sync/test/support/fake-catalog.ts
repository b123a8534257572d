import { type CatalogEvent, changesOfRecord, type PackageChange, PackageRecord } from '@odst/contracts/catalog';
import { admits, type ErrorCode, OdstError, parseStage, type Stage } from '@odst/kernel';
import type { Catalog, DigestsQuery, WantedContent } from '../../src/app/ports.ts';
import type { RecordDigest } from '../../src/domain/comparison.ts';
import type { HeldChange } from '../../src/domain/held-change.ts';
import type { LeavingContent } from '../../src/domain/leaving.ts';
import { contentIn, hash, heldIn } from './records.ts';

type Kept = { record: PackageRecord; status: 'Public' | 'Downloading' | 'Withheld'; fromIss: string };

/**
 * A catalog for tests of how sync talks to one: it records calls, and keeps the record with the highest stamp. It merges nothing and
 * checks no signature; what servers make of each other's changes is tested with the real one.
 */
export class FakeCatalog implements Catalog {
  readonly packages = new Map<string, Kept>();
  readonly blobs = new Set<string>();
  /** Signers whose keys are known; undefined knows all. */
  knownSigners: Set<string> | undefined;
  /** Packages of which nothing may leave yet. */
  readonly unsealed = new Set<string>();
  /** Error that every offer meets; undefined for none. */
  failure: ErrorCode | undefined;
  /** What is to leave, by its SHA-256. */
  readonly leaving = new Map<string, LeavingContent>();
  /** First digit of each content that was let go, and the name of the server that holds it. */
  readonly letGoOf: string[] = [];
  offers = 0;
  readonly #stage: Stage;
  readonly #emit: (event: CatalogEvent, uuid: string, position: bigint) => void;
  #position = 0n;

  constructor(stage: Stage, emit: (event: CatalogEvent, uuid: string, position: bigint) => void) {
    this.#stage = stage;
    this.#emit = emit;
  }

  upload(record: PackageRecord): void {
    this.blobs.add(contentIn(record).sha256);
    this.packages.set(record.uuid, { record, status: 'Public', fromIss: '' });
    this.#tell(record, (change) => ({ type: 'PackageUploaded', data: { packageId: 1, change, uploadId: 'u', stage: 'Prod' } }));
    this.#published(record);
  }

  /** The manifest of what was uploaded is made. */
  seal(record: PackageRecord): void {
    this.unsealed.delete(record.uuid);
    this.#tell(record, (change) => ({ type: 'PackageSealed', data: { packageId: 1, sealed: change } }));
  }

  /** The bytes of a content are here. */
  hold(sha256: string): void {
    this.blobs.add(sha256);
    for (const kept of this.packages.values()) {
      if (contentIn(kept.record).sha256 !== sha256 || kept.status !== 'Downloading') continue;
      kept.status = 'Public';
      this.#published(kept.record);
    }
  }

  async offerRecord(record: PackageRecord, fromIss: string): Promise<readonly HeldChange[]> {
    this.offers += 1;
    if (this.failure !== undefined) throw new OdstError(this.failure, 'catalog fails');
    const [change] = changesOfRecord(record);
    if (change === undefined) throw new OdstError('CATALOG_RECORD_INVALID', 'it has no changes');
    if (change.signature.every((byte) => byte === 0)) {
      return [heldIn(record, { code: 'CATALOG_CHANGE_INVALID', reason: 'its signature does not hold', isFinal: true })];
    }
    if (this.knownSigners?.has(change.iss) === false) return [heldIn(record)];
    const known = this.packages.get(record.uuid);
    if (known === undefined || stampOf(known.record) < change.stamp) this.#apply(record, fromIss);
    return [];
  }

  async *records(uuids: readonly string[]): AsyncGenerator<PackageRecord> {
    for (const uuid of uuids) {
      const kept = this.packages.get(uuid);
      if (kept !== undefined && !this.unsealed.has(uuid)) yield kept.record;
    }
  }

  async recordDigests({ prefix, after, limit, uuids }: DigestsQuery): Promise<readonly RecordDigest[]> {
    const here = [...this.packages].filter(([uuid]) => !this.unsealed.has(uuid));
    const asked = here.filter(
      ([uuid]) => uuid.startsWith(prefix) && uuid > after && (uuids.length === 0 || uuids.includes(uuid)),
    );
    const digests = asked.map(([uuid, { record }]) => ({
      uuid,
      digest: hash('sha256', JSON.stringify(PackageRecord.toJSON(record))),
    }));
    return digests.toSorted((one, other) => (one.uuid < other.uuid ? -1 : 1)).slice(0, limit);
  }

  async listWanted(): Promise<readonly WantedContent[]> {
    const numbered = [...this.packages.values()].map((one, index) => ({ ...one, packageId: index + 1 }));
    const wanted = numbered.filter(({ status }) => status === 'Downloading');
    return wanted.map(({ record, fromIss: toldByIss, packageId }) => {
      const { sha256, sizeBytes, manifestDigest } = contentIn(record);
      return { sha256, sizeBytes, manifestDigest, toldByIss, packageId, filename: record.filename };
    });
  }

  async *listLeaving(): AsyncGenerator<LeavingContent> {
    yield* this.leaving.values().toArray();
  }

  async letGo(content: LeavingContent, { name }: { readonly name: string }): Promise<boolean> {
    this.letGoOf.push(`${content.sha256[0]} ${name}`);
    return this.leaving.delete(content.sha256);
  }

  #apply(record: PackageRecord, fromIss: string): void {
    const admitted = admits(this.#stage, parseStage(record.bodies[0]?.sets[0]?.stage ?? ''));
    const content = contentIn(record);
    const status = !admitted ? 'Withheld' : this.blobs.has(content.sha256) ? 'Public' : 'Downloading';
    this.packages.set(record.uuid, { record, status, fromIss });
    this.#tell(record, (change) => ({ type: 'PackageAnnounced', data: { packageId: 1, change, fromIss } }));
    const { filename } = record;
    if (status === 'Public') this.#published(record);
    if (status !== 'Downloading') return;
    this.#tell(record, () => ({ type: 'PackageWanted', data: { packageId: 1, filename, content, fromIss } }));
  }

  #published(record: PackageRecord): void {
    const data = { packageId: 1, filename: record.filename, content: contentIn(record) };
    this.#tell(record, () => ({ type: 'PackagePublished', data }));
  }

  #tell(record: PackageRecord, event: (change: PackageChange) => CatalogEvent): void {
    const [change] = changesOfRecord(record);
    if (change === undefined) throw new Error('the record has no change');
    this.#position += 1n;
    this.#emit(event(change), record.uuid, this.#position);
  }
}

/** Stamp of the change of a record of one. */
function stampOf(record: PackageRecord): bigint {
  return record.changes[0]?.stamp ?? 0n;
}

import type { CatalogEvent, PackageRecord } from '@odst/contracts/catalog';
import { admits, type ErrorCode, OdstError, parseStage, type Stage } from '@odst/kernel';
import type { Catalog, WantedContent } from '../../src/app/ports.ts';

type Kept = { record: PackageRecord; status: 'Public' | 'Downloading' | 'Withheld'; fromIss: string };

/** A catalog that keeps the change with the highest stamp. Records with a signature of zeros are invalid. */
export class FakeCatalog implements Catalog {
  readonly packages = new Map<string, Kept>();
  readonly blobs = new Set<string>();
  /** Signers whose keys are known; undefined knows all. */
  knownSigners: Set<string> | undefined;
  /** Error that every offer meets; undefined for none. */
  failure: ErrorCode | undefined;
  offers = 0;
  readonly #stage: Stage;
  readonly #emit: (event: CatalogEvent, position: bigint) => void;
  #position = 0n;

  constructor(stage: Stage, emit: (event: CatalogEvent, position: bigint) => void) {
    this.#stage = stage;
    this.#emit = emit;
  }

  upload(record: PackageRecord): void {
    this.blobs.add(record.sha256);
    this.packages.set(record.uuid, { record, status: 'Public', fromIss: '' });
    this.#tell({ type: 'PackageUploaded', data: { packageId: 1, record, uploadId: 'u' } });
    this.#tell({ type: 'PackagePublished', data: { packageId: 1, record } });
  }

  /** The bytes of a content are here. */
  hold(sha256: string): void {
    this.blobs.add(sha256);
    for (const kept of this.packages.values()) {
      if (kept.record.sha256 !== sha256 || kept.status !== 'Downloading') continue;
      kept.status = 'Public';
      this.#tell({ type: 'PackagePublished', data: { packageId: 1, record: kept.record } });
    }
  }

  async offerRecord(record: PackageRecord, fromIss: string): Promise<void> {
    this.offers += 1;
    if (this.failure !== undefined) throw new OdstError(this.failure, 'catalog fails');
    if (record.signature.every((byte) => byte === 0)) throw new OdstError('CATALOG_RECORD_INVALID', 'forged');
    if (this.knownSigners?.has(record.signedBy) === false) {
      throw new OdstError('CATALOG_RECORD_SIGNER_UNKNOWN', 'nobody knows them');
    }
    const known = this.packages.get(record.uuid);
    if (known === undefined || known.record.changedStamp < record.changedStamp) this.#apply(record, fromIss);
  }

  async listWanted(): Promise<readonly WantedContent[]> {
    return [...this.packages.values()]
      .filter(({ status }) => status === 'Downloading')
      .map(({ record: { sha256, sizeBytes, manifestDigest }, fromIss: toldByIss }) => ({
        sha256,
        sizeBytes,
        manifestDigest,
        toldByIss,
      }));
  }

  #apply(record: PackageRecord, fromIss: string): void {
    const admitted = admits(this.#stage, parseStage(record.stage));
    const status = !admitted ? 'Withheld' : this.blobs.has(record.sha256) ? 'Public' : 'Downloading';
    this.packages.set(record.uuid, { record, status, fromIss });
    const type = status === 'Withheld' ? 'PackageWithheld' : 'PackageAnnounced';
    this.#tell({ type, data: { packageId: 1, record, fromIss } });
    if (status === 'Public') this.#tell({ type: 'PackagePublished', data: { packageId: 1, record } });
  }

  #tell(event: CatalogEvent): void {
    this.#position += 1n;
    this.#emit(event, this.#position);
  }
}

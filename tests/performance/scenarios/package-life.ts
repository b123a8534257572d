import { createHash } from 'node:crypto';
import { type CatalogEvent, catalogEventCodec, type PackageRecord } from '@odst/contracts/catalog';

const iss = 'e'.repeat(32);
const startsAt = Date.UTC(2026, 0, 1);
const filename = 'Installer.pkg';

/** The package of {@link packageLife}. */
export const packageUuid = 'c0ffee00'.repeat(4);

/** State of the package after so many changes, from 1, of this server; signed in form only, since nobody verifies it here. */
function recordAfter(changes: number, content: number, stage: string): PackageRecord {
  const digest = (algorithm: string, what: string) => createHash(algorithm).update(`${what} ${content}`).digest('hex');
  const stamp = BigInt(startsAt + changes * 60_000) * 65_536n;
  return {
    uuid: packageUuid,
    filename,
    sha256: digest('sha256', 'content'),
    sha1: digest('sha1', 'content'),
    sizeBytes: 1_073_741_824n,
    manifestDigest: digest('sha256', 'manifest'),
    stage,
    deleted: false,
    versionVector: [{ writer: `${iss}.${iss.slice(0, 16)}`, stamp }],
    changedBy: iss,
    epoch: iss.slice(0, 16),
    changedStamp: stamp,
    createdAt: new Date(startsAt + changes * 60_000),
    signedBy: iss,
    signature: new Uint8Array(64).fill(7),
    concurrent: [],
  };
}

/** Events of one package as catalog stores them, four a content: uploaded, published, promoted to Test and to Prod. */
export function packageLife(contents: number) {
  const packageId = 1;
  const life = Array.from({ length: contents }, (_, content): readonly CatalogEvent[] => {
    const [uploaded, tested, promoted] = ['Dev', 'Test', 'Prod'].map((stage, index) =>
      recordAfter(content * 3 + index + 1, content, stage),
    );
    const fromIss = '';
    return [
      { type: 'PackageUploaded', data: { packageId, record: uploaded, uploadId: `upload-${content}` } },
      { type: 'PackagePublished', data: { packageId, record: uploaded } },
      { type: 'PackageStageChanged', data: { packageId, record: tested, previousStage: 'Dev', fromIss } },
      { type: 'PackageStageChanged', data: { packageId, record: promoted, previousStage: 'Test', fromIss } },
    ];
  });
  return life.flat().map((event) => catalogEventCodec.encode(event));
}

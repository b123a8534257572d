import { createHash } from 'node:crypto';
import { type CatalogEvent, type Content, catalogEventCodec, type PackageChange } from '@odst/contracts/catalog';

const iss = 'e'.repeat(32);
const epoch = iss.slice(0, 16);
const startsAt = Date.UTC(2026, 0, 1);
const filename = 'Installer.pkg';

/** The package of {@link packageLife}. */
export const packageUuid = 'c0ffee00'.repeat(4);

const stampOf = (changes: number) => BigInt(startsAt + changes * 60_000) * 65_536n;

function contentOf(number: number): Content {
  const digest = (algorithm: string, what: string) => createHash(algorithm).update(`${what} ${number}`).digest('hex');
  return {
    sha256: digest('sha256', 'content'),
    sha1: digest('sha1', 'content'),
    sizeBytes: 1_073_741_824n,
    manifestDigest: digest('sha256', 'manifest'),
  };
}

/**
 * The so many-th change of the package, from 1, all by this server; signed in form only, since nobody verifies it here. The upload sets
 * Dev; each promotion sets its stage and empties the one below by the way.
 */
function changeOf(changes: number, act: string, content: Content, stages: readonly string[]): PackageChange {
  const stage = stages.at(-1);
  const seen = changes === 1 ? [] : [{ writer: `${iss}.${epoch}`, stamp: stampOf(changes - 1) }];
  return {
    uuid: packageUuid,
    filename,
    act,
    from: stages.length === 1 ? '' : (stages[0] ?? ''),
    sets: stages.map((set) => ({ stage: set, content: set === stage ? content : undefined, byTheWay: set !== stage, seen })),
    iss,
    epoch,
    stamp: stampOf(changes),
    actor: 'account:admin',
    reason: '',
    datedAt: new Date(startsAt + changes * 60_000),
    signature: new Uint8Array(64).fill(7),
  };
}

/** Events of one package as catalog stores them, four a content: uploaded, published, promoted to Test and to Prod. */
export function packageLife(contents: number) {
  const packageId = 1;
  const life = Array.from({ length: contents }, (_, number): readonly CatalogEvent[] => {
    const content = contentOf(number);
    const first = number * 3 + 1;
    const promoted = (change: PackageChange, from: string, to: string): CatalogEvent => ({
      type: 'PackagePromoted',
      data: { packageId, change, fromIss: '', from, to, content },
    });
    return [
      {
        type: 'PackageUploaded',
        data: { packageId, change: changeOf(first, 'replace', content, ['Dev']), uploadId: `upload-${number}`, stage: 'Dev' },
      },
      { type: 'PackagePublished', data: { packageId, filename, content } },
      promoted(changeOf(first + 1, 'promote', content, ['Dev', 'Test']), 'Dev', 'Test'),
      promoted(changeOf(first + 2, 'promote', content, ['Test', 'Prod']), 'Test', 'Prod'),
    ];
  });
  return life.flat().map((event) => catalogEventCodec.encode(event));
}

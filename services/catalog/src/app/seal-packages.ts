import type { EventMetadata } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { packageStream } from '../domain/package-identity.ts';
import { sealingChanges, unsealedContents } from '../domain/sealing.ts';
import { batchesOf } from './batches.ts';
import { createPackageFailures } from './package-failures.ts';
import type { Blobs, PackageEntry, PackageRows, Registration } from './ports.ts';
import { signChange } from './sign-change.ts';
import type { Streams } from './streams.ts';
import { entriesOf } from './work.ts';

/** A content whose manifest is made. */
export type SealedContent = {
  /** Hex. */
  readonly sha256: string;
  /** SHA-256 of the manifest, hex. */
  readonly manifestDigest: string;
};

/** Completes the changes that were made here before there was a manifest: from then on peers are told. */
export interface SealPackages {
  /**
   * Seals all packages that name the content.
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE when it is not certain which do; what one failed with, when all were tried
   */
  content(content: SealedContent, metadata: EventMetadata): Promise<void>;
  /** Seals whatever storage has a manifest of now. @throws OdstError COMMON_SERVICE_UNAVAILABLE; what one failed with, when all were tried */
  all(metadata: EventMetadata): Promise<void>;
}

/** What the use case works with. */
export type SealPackagesDeps = {
  readonly streams: Streams;
  readonly rows: PackageRows;
  readonly registration: Registration;
  readonly blobs: Blobs;
  readonly logger: Logger;
};

/** Builds the use case. It decides from what the packages are now, so that doing it again changes nothing. */
export function createSealPackages(deps: SealPackagesDeps): SealPackages {
  const { streams, rows, registration, blobs, logger } = deps;

  const seal = async (found: PackageEntry, content: SealedContent, metadata: EventMetadata): Promise<void> => {
    const { uuid } = found.package;
    await streams.packages.run({
      stream: packageStream(uuid),
      command: async (present) => {
        const open = present === undefined ? [] : sealingChanges(present.changes, content, await registration.iss());
        if (open.length === 0) return undefined;
        return { type: 'SealChanges', changes: await Promise.all(open.map((change) => signChange(registration, change))) };
      },
      // With the version, since a repetition may meet changes that were not there the first time.
      metadata: { ...metadata, commandId: `${metadata.commandId}:seal:${uuid}:${found.version}` },
    });
  };

  /** Each package by itself: one that cannot be sealed does not keep the others from it. */
  const sealEach = async (contents: Iterable<SealedContent>, metadata: EventMetadata): Promise<void> => {
    const failures = createPackageFailures(logger);
    for (const content of contents) {
      for await (const found of entriesOf(rows, { kind: 'unsealed', sha256: content.sha256 })) {
        await failures.attempt(found, 'sealed', () => seal(found, content, metadata));
      }
    }
    failures.end();
  };

  return {
    async content(content, metadata) {
      // Storage seals a moment after it registers: rows that are behind would hide the very package that is meant.
      if (!(await rows.caughtUp())) {
        throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the read model is behind; which packages to seal is not certain');
      }
      await sealEach([content], metadata);
    },
    async all(metadata) {
      const open = new Set<string>();
      for await (const { package: state } of entriesOf(rows, { kind: 'unsealed' })) {
        for (const sha256 of unsealedContents(state.changes)) open.add(sha256);
      }
      const contents: SealedContent[] = [];
      for (const batch of batchesOf([...open])) {
        for (const [sha256, manifestDigest] of await blobs.manifestDigests(batch)) contents.push({ sha256, manifestDigest });
      }
      await sealEach(contents, metadata);
    },
  };
}

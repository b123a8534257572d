import { type CommandHandler, createCommandHandler, type EventStore } from '@odst/event-store';
import { evolvePackage, type Package } from '../domain/package.ts';
import { type PackageCommand, packageDecider } from '../domain/package-decider.ts';
import { packageStream } from '../domain/package-identity.ts';
import { packageEventCodec } from './package-events.ts';
import type { PackageEntry } from './ports.ts';

/** The packages as their streams have them: what commands are decided on. */
export interface PackageStreams {
  readonly commands: CommandHandler<Package | undefined, PackageCommand>;
  /** The package folded from its stream; undefined for a name without history. */
  read(uuid: string): Promise<PackageEntry | undefined>;
}

/** Builds the access to the streams of packages. */
export function createPackageStreams(store: EventStore): PackageStreams {
  return {
    commands: createCommandHandler(store, packageDecider, packageEventCodec),
    async read(uuid) {
      const recorded = await store.readStream(packageStream(uuid));
      const known = recorded.filter(({ type }) => packageEventCodec.knows(type));
      const state = known.reduce<Package | undefined>(
        (folded, event) => evolvePackage(folded, packageEventCodec.decode(event)),
        undefined,
      );
      const [first] = recorded;
      if (state === undefined || first === undefined) return undefined;
      return { package: state, version: recorded.at(-1)?.version ?? 0, createdAt: first.recordedAt };
    },
  };
}

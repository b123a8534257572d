import { createEventCodec } from '@odst/contracts';
import { catalogEvents } from '@odst/contracts/catalog';
import { type CommandHandler, createCommandHandler, type EventStore } from '@odst/event-store';
import type { Package } from '../domain/package.ts';
import { type PackageCommand, packageDecider } from '../domain/package-decider.ts';

const { UploadRejected: _ofUploads, ...packageEvents } = catalogEvents;

/** Between the events of packages and their stored form. */
export const packageEventCodec = createEventCodec(packageEvents);

/** The streams that catalog's commands are run on. */
export type Streams = {
  /** Streams `package-<uuid>`; undefined is a name without history. */
  readonly packages: CommandHandler<Package | undefined, PackageCommand>;
};

/** The streams of catalog over its event store. */
export function createStreams(store: EventStore): Streams {
  return { packages: createCommandHandler(store, packageDecider, packageEventCodec) };
}

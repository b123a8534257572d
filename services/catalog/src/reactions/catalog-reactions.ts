import { storageEventCodec } from '@odst/contracts/storage';
import {
  type BusMessage,
  type DeadLetterDesks,
  type DeadLetters,
  type EventBus,
  type Inbox,
  reactionMetadata,
  readEvent,
  startReaction,
} from '@odst/event-bus';
import { serviceMetadata } from '@odst/event-store';
import type { Logger } from '@odst/telemetry';
import type { SealPackages } from '../app/seal-packages.ts';
import type { Sweep } from '../app/sweep.ts';

/** What the reactions run on. */
export type CatalogReactionsDeps = {
  readonly bus: EventBus;
  readonly inbox: Inbox;
  readonly deadLetters: DeadLetters;
  readonly desks: DeadLetterDesks;
  readonly logger: Logger;
  readonly sweep: Sweep;
  readonly seal: SealPackages;
  /** Gives ids of the commands of a sweep. */
  readonly newId: () => string;
};

const blobs = 'catalog.blobs';
const settings = 'catalog.settings';

/**
 * Starts what moves packages between `Downloading`, `Public` and `Withheld`: bytes that arrived, another stage of this
 * server; what seals the records of uploads, manifests that were made; and a sweep, at once and every minute, that finds the
 * same work from state.
 */
export async function startCatalogReactions(deps: CatalogReactionsDeps): Promise<AsyncDisposable> {
  const { sweep, seal, newId, ...wiring } = deps;
  const { bus } = wiring;
  await using stack = new AsyncDisposableStack();

  const takeBlob = async (message: BusMessage): Promise<void> => {
    const event = readEvent(storageEventCodec, message.event);
    const metadata = reactionMetadata(blobs, message);
    if (event?.type === 'BlobVerified') await sweep.content(event.data.blob, metadata);
    if (event?.type !== 'BlobSealed') return;
    await seal.content({ sha256: event.data.blob, manifestDigest: event.data.manifestDigest }, metadata);
  };
  stack.use(
    await startReaction({
      ...wiring,
      consumer: blobs,
      topics: [bus.topicOf('storage')],
      on: { BlobVerified: takeBlob, BlobSealed: takeBlob },
      sweep: { run: () => sweep.all(serviceMetadata('catalog', newId())) },
    }),
  );

  const takeSettings = (message: BusMessage): Promise<void> => sweep.all(reactionMetadata(settings, message));
  stack.use(
    await startReaction({
      ...wiring,
      consumer: settings,
      topics: [bus.topicOf('registration')],
      on: { ServerSettingsChanged: takeSettings, ServerPolicyChanged: takeSettings },
    }),
  );
  return stack.move();
}

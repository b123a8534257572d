import { storageEventCodec } from '@odst/contracts/storage';
import { type BusMessage, type Reaction, readEvent, startReaction } from '@odst/event-bus';
import type { Statements } from '../app/statements.ts';
import type { ReactionDeps } from './reaction-deps.ts';

/** Starts to look at what this server holds when it changes; it is looked at every minute besides. */
export function startBlobsReaction(deps: ReactionDeps, statements: Pick<Statements, 'onStorageEvent'>): Promise<Reaction> {
  const take = async ({ event }: BusMessage) => {
    const known = readEvent(storageEventCodec, event);
    if (known !== undefined) statements.onStorageEvent(known, new Date(event.time));
  };
  return startReaction({
    ...deps,
    consumer: 'sync.blobs',
    topics: [deps.bus.topicOf('storage')],
    on: { BlobVerified: take, BlobRemoved: take },
  });
}

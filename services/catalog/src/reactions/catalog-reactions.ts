import { storageEventCodec } from '@odst/contracts/storage';
import {
  type BusMessage,
  type DeadLetters,
  type EventBus,
  type Inbox,
  payloadOf,
  reactionMetadata,
  startReaction,
} from '@odst/event-bus';
import type { Logger } from '@odst/telemetry';
import type { Sweep } from '../app/sweep.ts';

/** What the reactions run on. */
export type PlacementReactionsDeps = {
  readonly bus: EventBus;
  readonly inbox: Inbox;
  readonly deadLetters: DeadLetters;
  readonly logger: Logger;
  readonly sweep: Sweep;
  /** Gives ids of the commands of a sweep. */
  readonly newId: () => string;
};

const blobs = 'catalog.blobs';
const settings = 'catalog.settings';

/**
 * Starts what moves packages between `Downloading`, `Public` and `Withheld`: bytes that arrived, another stage of this
 * server, and a sweep, at once and every minute, that finds the same work from state.
 */
export async function startPlacementReactions(deps: PlacementReactionsDeps): Promise<AsyncDisposable> {
  const { sweep, newId, ...wiring } = deps;
  const { bus } = wiring;
  await using stack = new AsyncDisposableStack();

  const publish = async (message: BusMessage): Promise<void> => {
    const event = storageEventCodec.decode(payloadOf(message.event));
    if (event.type === 'BlobVerified') await sweep.content(event.data.blob, reactionMetadata(blobs, message));
  };
  stack.use(
    await startReaction({
      ...wiring,
      consumer: blobs,
      topics: [bus.topicOf('storage')],
      on: { BlobVerified: publish },
      sweep: { run: () => sweep.all(ownMetadata(newId)) },
    }),
  );

  stack.use(
    await startReaction({
      ...wiring,
      consumer: settings,
      topics: [bus.topicOf('registration')],
      on: { ServerSettingsChanged: (message) => sweep.all(reactionMetadata(settings, message)) },
    }),
  );
  return stack.move();
}

function ownMetadata(newId: () => string) {
  const id = newId();
  return { actor: 'service:catalog', remoteAddress: '', commandId: id, correlationId: id, causationId: '', traceparent: '' };
}

import { catalogEventCodec } from '@odst/contracts/catalog';
import type { BusMessage } from '@odst/event-bus';
import type { Brain } from '../app/brain.ts';
import { nameAndVersion } from './event-type.ts';

/** Carries catalog's events into the feed. Idempotent: the feed knows the position of each package's last event. */
export async function onCatalogMessage(brain: Pick<Brain, 'onCatalogEvent'>, { event, position }: BusMessage): Promise<void> {
  const { type, schemaVersion } = nameAndVersion(event.type);
  if (!catalogEventCodec.knows(type)) return;
  await brain.onCatalogEvent(catalogEventCodec.decode({ type, schemaVersion, data: event.data }), position);
}

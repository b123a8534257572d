import { createEventCodec } from '@odst/contracts';
import { catalogEvents } from '@odst/contracts/catalog';

const { UploadRejected: _ofUploads, ...packageEvents } = catalogEvents;

/** Between the events of packages and their stored form. */
export const packageEventCodec = createEventCodec(packageEvents);

import { RecordsServiceService } from '@odst/contracts/catalog';
import { type ServedService, serve } from '@odst/grpc';
import type { UseCases } from '../app/use-cases.ts';
import { metadataOf } from './event-metadata.ts';

/** `odst.catalog.v1.RecordsService`. @param newId gives ids of commands that the caller did not name */
export function serveRecords({ offerRecord, find }: UseCases, newId: () => string): ServedService {
  return serve(RecordsServiceService, {
    offerRecord: (request, context) => offerRecord(request, metadataOf(context, newId)),
    listWanted: () => find.wanted(),
    namesContent: ({ sha256 }) => find.names(sha256),
  });
}

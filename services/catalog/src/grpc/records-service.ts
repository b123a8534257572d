import { RecordsServiceService } from '@odst/contracts/catalog';
import { type ServedService, serve } from '@odst/grpc';
import type { UseCases } from '../app/use-cases.ts';

/** `odst.catalog.v1.RecordsService`. */
export function serveRecords({ offerRecord, find }: UseCases): ServedService {
  return serve(RecordsServiceService, {
    offerRecord: (request, { metadata }) => offerRecord(request, metadata),
    listWanted: () => find.wanted(),
    namesContent: ({ sha256 }) => find.names(sha256),
  });
}

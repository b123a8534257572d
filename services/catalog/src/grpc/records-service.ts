import { RecordsServiceService } from '@odst/contracts/catalog';
import { type ServedService, serve } from '@odst/grpc';
import type { UseCases } from '../app/use-cases.ts';

/** `odst.catalog.v1.RecordsService`. */
export function serveRecords({ offerRecord, letGo, find }: UseCases): ServedService {
  return serve(RecordsServiceService, {
    offerRecord: (request, { metadata }) => offerRecord(request, metadata),
    async *getRecords({ uuids }) {
      for await (const record of find.records(uuids)) yield { record };
    },
    listRecordDigests: (request) => find.digests(request),
    listWanted: (request) => find.wanted(request),
    listLeaving: (request) => find.leaving(request),
    letGo: (request, { metadata }) => letGo(request, metadata),
    namesContent: ({ sha256 }) => find.names(sha256),
  });
}

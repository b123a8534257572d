import type { EventMetadata } from '@odst/event-store';
import { parseStage } from '@odst/kernel';
import type { UseCases as CatalogUseCases } from '../../../catalog/src/app/use-cases.ts';
import { heldOf } from '../../src/app/offer-page.ts';
import type { Catalog, WantedContent } from '../../src/app/ports.ts';
import { contentKey } from '../../src/domain/content-id.ts';
import type { Faults } from './mesh-parts.ts';

/**
 * Catalog as sync knows it; what lies between them in the product is gRPC.
 * @param relay carries on what catalog wrote
 */
export function catalogOfSync(
  catalog: () => CatalogUseCases,
  metadata: () => EventMetadata,
  relay: () => void,
  faults: Faults,
): Catalog {
  return {
    offerRecord: async (record, fromIss, writers) => {
      if (faults.loses.has(record.filename)) return [];
      const offered = { record, fromIss, writers: [...writers] };
      const { held } = await catalog().offerRecord(offered, { ...metadata(), actor: `peer:${fromIss}` });
      relay();
      return held.map(({ record: one, ...why }) => {
        const [body] = one?.bodies ?? [];
        const stages = body?.sets.map(({ stage }) => stage) ?? [];
        const { uuid: packageUuid, filename } = record;
        return heldOf({ packageUuid, filename, act: body?.act ?? '', stages, ...why, record: why.isFinal ? undefined : one });
      });
    },
    records: (uuids) => catalog().find.records(uuids),
    recordDigests: async ({ uuids, ...query }) =>
      (await catalog().find.digests({ ...query, uuids: [...uuids] })).digests.map(faults.falsified),
    listWanted: async () => {
      const wanted = new Map<string, WantedContent>();
      for (let after = ''; ; ) {
        const { contents, next } = await catalog().find.wanted({ after, limit: 1_000 });
        for (const { fromIss: toldByIss, ...content } of contents) wanted.set(contentKey(content), { ...content, toldByIss });
        if (next === '') return [...wanted.values()];
        after = next;
      }
    },
    async *listLeaving() {
      const { contents } = await catalog().find.leaving({ after: '', limit: 1_000 });
      yield* contents.map((content) => ({ ...content, stages: content.stages.map(parseStage) }));
    },
    letGo: async ({ packageUuid, sha256 }, { iss: holderIss, name: holderName, stage: holderStage }) => {
      const request = { packageUuid, sha256, holderIss, holderName, holderStage };
      const { isLetGo } = await catalog().letGo(request, metadata());
      relay();
      return isLetGo;
    },
  };
}

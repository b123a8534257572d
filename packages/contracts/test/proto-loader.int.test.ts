import { fileURLToPath } from 'node:url';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { expect, test } from 'vitest';
import { DeadLettersServiceService, EventsServiceService, ProjectionsServiceService } from '../src/common.ts';
import { PackagesServiceService, RecordsServiceService } from '../src/services/catalog.ts';
import {
  AccessServiceService,
  AccountsServiceService,
  ApiTokensServiceService,
  PeersServiceService,
  ServerServiceService,
  TrustServiceService,
} from '../src/services/registration.ts';
import { BlobsServiceService } from '../src/services/storage.ts';
import { FeedServiceService } from '../src/services/sync.ts';

const protos = fileURLToPath(new URL('../../../protos/', import.meta.url));

/** Files of services, where it is not `service`. */
const files: Readonly<Record<string, string>> = {
  AccessService: 'access',
  AccountsService: 'access',
  ApiTokensService: 'access',
  DeadLettersService: 'dead_letters',
  EventsService: 'events',
  ProjectionsService: 'projections',
  RecordsService: 'records',
  TrustService: 'trust',
};

/** What another implementation of the protobuf language reads from the same sources. */
function loaded(service: string): ServiceDefinition {
  const [, name, version, lastName = ''] = service.split('.');
  const file = `odst/${name}/${version}/${files[lastName] ?? 'service'}.proto`;
  return loadSync(file, { includeDirs: [protos] })[service] as ServiceDefinition;
}

test.each([
  ['odst.common.v1.DeadLettersService', DeadLettersServiceService],
  ['odst.common.v1.EventsService', EventsServiceService],
  ['odst.common.v1.ProjectionsService', ProjectionsServiceService],
  ['odst.registration.v1.ServerService', ServerServiceService],
  ['odst.registration.v1.PeersService', PeersServiceService],
  ['odst.registration.v1.TrustService', TrustServiceService],
  ['odst.registration.v1.AccessService', AccessServiceService],
  ['odst.registration.v1.AccountsService', AccountsServiceService],
  ['odst.registration.v1.ApiTokensService', ApiTokensServiceService],
  ['odst.catalog.v1.PackagesService', PackagesServiceService],
  ['odst.catalog.v1.RecordsService', RecordsServiceService],
  ['odst.storage.v1.BlobsService', BlobsServiceService],
  ['odst.sync.v1.FeedService', FeedServiceService],
])('the generated stubs of %s are those of the protos', (service, generated) => {
  const methods = Object.values(loaded(service)).map(({ path, requestStream, responseStream }) => ({
    path,
    requestStream,
    responseStream,
  }));
  const stubs = Object.values(generated).map(({ path, requestStream, responseStream }) => ({
    path,
    requestStream,
    responseStream,
  }));
  expect(stubs).toEqual(methods);
});

test('a message crosses from the generated stubs to the loaded definition and back', () => {
  const method = loaded('odst.storage.v1.BlobsService')['FetchBlob'];
  const request = { sha256: 'aa', sizeBytes: 15_000_000_000n, manifestDigest: 'bb', sourceIss: 'cc' };
  const bytes = BlobsServiceService.fetchBlob.requestSerialize(request);
  const read = method?.requestDeserialize(bytes) as { sizeBytes: { toString(): string } };
  expect(read.sizeBytes.toString()).toBe('15000000000');
  expect(BlobsServiceService.fetchBlob.requestDeserialize(method?.requestSerialize(read) ?? Buffer.alloc(0))).toEqual(request);
});

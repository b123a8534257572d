import { PackagesServiceService, RecordsServiceService } from '@odst/contracts/catalog';
import { DeadLettersServiceService, EventsServiceService, ProjectionsServiceService } from '@odst/contracts/common';
import {
  AccessServiceService,
  PeersServiceService,
  ServerServiceService,
  TrustServiceService,
} from '@odst/contracts/registration';
import { BlobsServiceService } from '@odst/contracts/storage';
import { FeedServiceService } from '@odst/contracts/sync';
import type { ServiceConnection, ServiceShape } from '@odst/grpc';

/** What each process serves by gRPC. */
const served = {
  registration: [
    ServerServiceService,
    PeersServiceService,
    TrustServiceService,
    AccessServiceService,
    EventsServiceService,
    ProjectionsServiceService,
    DeadLettersServiceService,
  ],
  catalog: [
    PackagesServiceService,
    RecordsServiceService,
    EventsServiceService,
    ProjectionsServiceService,
    DeadLettersServiceService,
  ],
  storage: [BlobsServiceService, EventsServiceService, ProjectionsServiceService, DeadLettersServiceService],
  sync: [FeedServiceService, EventsServiceService, ProjectionsServiceService, DeadLettersServiceService],
} as const satisfies Readonly<Record<string, readonly ServiceShape[]>>;

/** A method that can be called with an empty request. */
export type CallableMethod = {
  /** `odst.catalog.v1.RecordsService/OfferRecord` */
  readonly name: string;
  /** Rejects with what the service refused with. */
  call(connection: ServiceConnection): Promise<void>;
};

/** All methods of a process. */
export function methodsOf(process: keyof typeof served): CallableMethod[] {
  return served[process].flatMap((shape: ServiceShape) =>
    Object.entries(shape).map(([key, method]) => ({
      name: method.path.slice(1),
      async call(connection) {
        // Which of the two it is depends on the method, and the type of an unnamed method says neither.
        const call = connection.client(shape)[key] as (request: unknown) => Promise<unknown> & AsyncIterable<unknown>;
        const answer = call(method.requestDeserialize(Buffer.alloc(0)));
        if (!method.responseStream) await answer;
        else for await (const _message of answer);
      },
    })),
  );
}

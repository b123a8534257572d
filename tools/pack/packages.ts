import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { PackedPackage } from './build-package.ts';
import { payloadsFile, renderPayloadTypes } from './payload-types.ts';

/** What only those install who read from Kafka. */
const kafka = 'kafkajs';

const timers = {
  folder: 'packages/async/src',
  files: ['timers.ts'],
  index: `export { systemTimers, type Timers } from './timers.ts';
`,
} as const;

const eventClient: PackedPackage = {
  folder: 'packages/event-client',
  description: 'Reads the events of an Open Distribution Server, typed, over HTTP or Kafka',
  readme: `# @odst/event-client

Reads the events of an Open Distribution Server, typed, over HTTP or Kafka. The guide is docs/guides/events.md of the server.
\`@odst/event-client/kafka\` needs \`kafkajs\` beside it, the types need \`@types/node\`; the rest needs nothing.
`,
  carried: {
    '@odst/kernel': {
      folder: 'packages/kernel/src',
      files: ['errors'],
      index: `export { isOdstError, OdstError } from './errors/odst-error.ts';
export { type ErrorCode, isErrorCode } from './errors/register.ts';
`,
    },
    '@odst/async': {
      folder: 'packages/async/src',
      files: ['backoff.ts', 'backoff-ms.ts', 'timers.ts', 'within.ts'],
      index: `export { createBackoff } from './backoff.ts';
export { pause, systemTimers } from './timers.ts';
export { settlesWithin } from './within.ts';
`,
    },
  },
  needs: ({ [kafka]: version }) => ({
    peerDependencies: { [kafka]: `^${version}` },
    peerDependenciesMeta: { [kafka]: { optional: true } },
  }),
  // The types of events no longer name the contracts, which are too heavy to be shipped.
  prepare(staging, options) {
    writeFileSync(join(staging, relative('packages/event-client', payloadsFile)), renderPayloadTypes(options));
  },
};

const apiClient: PackedPackage = {
  folder: 'packages/api-client',
  description: 'The HTTP API of an Open Distribution Server, typed, for Node and browsers',
  readme: `# @odst/api-client

The HTTP API of an Open Distribution Server, typed, for Node and browsers.

\`\`\`ts
import { ApiProblem, createApiClient } from '@odst/api-client';

const api = createApiClient({ baseUrl: 'https://ods.example.org', credential: { token } });
for await (const { filename, serves } of api.list('/api/v1/packages')) console.log(filename, serves);
\`\`\`

What is refused is thrown as an \`ApiProblem\` with a \`code\`; no answer is an \`ApiUnreachable\`. Events are \`@odst/event-client\`'s.
`,
  carried: { '@odst/async/timers': timers },
  needs: ({ 'openapi-fetch': fetch, 'openapi-typescript-helpers': helpers }) => ({
    dependencies: { 'openapi-fetch': `~${fetch}`, 'openapi-typescript-helpers': `~${helpers}` },
  }),
};

/** The packages that integrators install, by the name of their folder. */
export const packages: Readonly<Record<string, PackedPackage>> = { 'event-client': eventClient, 'api-client': apiClient };

import { openApiDocument } from '../packages/api/src/openapi.ts';
import { publishedEvents, renderAsyncApi } from '../packages/contracts/src/asyncapi/index.ts';
import { publishingServices } from '../packages/contracts/src/services.ts';
import { serverVersion } from '../packages/telemetry/src/index.ts';
import { errorsDocFile, renderErrorsDoc } from './errors-doc.ts';
import { metricsDocFile, renderMetricsDoc } from './metrics-doc.ts';
import { odstDocFile, renderOdstDoc } from './odst-doc.ts';
import { renderSettingsDoc, settingsDocFile } from './settings-doc.ts';

const quoted = (values: readonly string[]): readonly string[] => values.map((value) => `'${value}'`);

/** What integrators know of the contracts, which are too heavy to be installed by them. */
const renderKnownEvents = (): string => `// Generated from packages/contracts/src/services.ts by tools/generate-docs.ts.

import type { KnownEventType } from './event-payloads.ts';

/** Every service that publishes events. */
export const publishingServices = [${quoted(publishingServices).join(', ')}] as const;

/** Full types of all events that this version of the client knows. */
export const knownEventTypes: readonly KnownEventType[] = [
  ${quoted(publishedEvents().map(({ type }) => type)).join(',\n  ')},
];

const known = new Set<string>(knownEventTypes);

/** Whether an event is of a type that this version of the client knows. */
export function isKnownEventType(type: string): type is KnownEventType {
  return known.has(type);
}
`;

/** Pages of docs/reference, and the one source, that are generated from the code that they describe. */
export const referencePages: readonly { readonly file: string; readonly render: () => string | Promise<string> }[] = [
  { file: errorsDocFile, render: renderErrorsDoc },
  { file: metricsDocFile, render: renderMetricsDoc },
  { file: settingsDocFile, render: renderSettingsDoc },
  { file: odstDocFile, render: renderOdstDoc },
  { file: 'docs/reference/asyncapi.yaml', render: renderAsyncApi },
  { file: 'packages/event-client/src/events/known-events.ts', render: renderKnownEvents },
  { file: 'docs/reference/openapi.json', render: renderOpenApi },
];

async function renderOpenApi(): Promise<string> {
  return `${JSON.stringify(await openApiDocument(serverVersion()), null, 2)}\n`;
}

import { openApiDocument } from '../packages/api/src/openapi.ts';
import { renderAsyncApi } from '../packages/contracts/src/asyncapi/index.ts';
import { publishingServices } from '../packages/contracts/src/services.ts';
import { serverVersion } from '../packages/telemetry/src/index.ts';
import { errorsDocFile, renderErrorsDoc } from './errors-doc.ts';
import { metricsDocFile, renderMetricsDoc } from './metrics-doc.ts';
import { renderSettingsDoc, settingsDocFile } from './settings-doc.ts';

/** The list of services for integrators, who install no contracts. */
const renderPublishingServices = (): string => `// Generated from packages/contracts/src/services.ts by tools/generate-docs.ts.

/** Every service that publishes events. */
export const publishingServices = [${publishingServices.map((name) => `'${name}'`).join(', ')}] as const;
`;

/** Pages of docs/reference, and the one source, that are generated from the code that they describe. */
export const referencePages: readonly { readonly file: string; readonly render: () => string | Promise<string> }[] = [
  { file: errorsDocFile, render: renderErrorsDoc },
  { file: metricsDocFile, render: renderMetricsDoc },
  { file: settingsDocFile, render: renderSettingsDoc },
  { file: 'docs/reference/asyncapi.yaml', render: renderAsyncApi },
  { file: 'packages/event-client/src/kafka/publishing-services.ts', render: renderPublishingServices },
  { file: 'docs/reference/openapi.json', render: renderOpenApi },
];

async function renderOpenApi(): Promise<string> {
  return `${JSON.stringify(await openApiDocument(serverVersion()), null, 2)}\n`;
}

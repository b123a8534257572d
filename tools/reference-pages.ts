import { renderAsyncApi } from '../packages/contracts/src/asyncapi/index.ts';
import { errorsDocFile, renderErrorsDoc } from './errors-doc.ts';
import { metricsDocFile, renderMetricsDoc } from './metrics-doc.ts';
import { renderSettingsDoc, settingsDocFile } from './settings-doc.ts';

/** Pages of docs/reference that are generated from the code that they describe. */
export const referencePages: readonly { readonly file: string; readonly render: () => string }[] = [
  { file: errorsDocFile, render: renderErrorsDoc },
  { file: metricsDocFile, render: renderMetricsDoc },
  { file: settingsDocFile, render: renderSettingsDoc },
  { file: 'docs/reference/asyncapi.yaml', render: renderAsyncApi },
];

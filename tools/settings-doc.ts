import { commonSettings } from '../packages/backbone/src/index.ts';
import { settingsTable } from '../packages/service-host/src/index.ts';
import { definitions } from '../standalone/src/index.ts';

/** Where the page is kept. */
export const settingsDocFile = 'docs/reference/settings.md';

const introduction = `# Settings

<!-- Generated from packages/service-host/src/settings and the services' definitions by tools/generate-docs.ts. Change the settings, not
this page. -->

Settings are environment variables, or \`KEY=value\` lines of the file that \`ODS_CONF\` names; the environment wins. A wrong value
stops the start with one line that names the variable, its fault and an example.
`;

/** The page of all settings: those of every process, then those of each service, in the order of their declaration. */
export function renderSettingsDoc(): string {
  const own = definitions
    .filter(({ settings }) => Object.keys(settings).length > 0)
    .map(({ name, settings }) => `## ${name}\n\n${settingsTable(settings)}`);
  return [introduction, `## Every process\n\n${settingsTable(commonSettings)}`, ...own].join('\n');
}

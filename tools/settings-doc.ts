import { serverSettings, settingsTable } from '../packages/service-host/src/index.ts';

/** Where the page is kept. */
export const settingsDocFile = 'docs/reference/settings.md';

const introduction = `# Settings

<!-- Generated from packages/service-host/src/settings by tools/generate-docs.ts. Change the settings, not this page. -->

Settings are environment variables, or \`KEY=value\` lines of the file that \`ODS_CONF\` names; the environment wins. A wrong value
stops the start with one line that names the variable, its fault and an example.
`;

/** The page of all settings, in the order of their declaration. */
export function renderSettingsDoc(): string {
  return `${introduction}\n${settingsTable(serverSettings)}`;
}

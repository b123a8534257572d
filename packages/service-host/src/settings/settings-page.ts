import type { SettingsSpec } from './setting.ts';

/** The settings as rows of a Markdown table: variable, default, meaning. */
export function settingsTable(spec: SettingsSpec): string {
  const rows = Object.entries(spec).map(([name, { defaultText, doc }]) => `| \`${name}\` | ${defaultText} | ${doc} |`);
  return ['| variable | default | meaning |', '|---|---|---|', ...rows, ''].join('\n');
}

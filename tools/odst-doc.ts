import { type Command, commands, globalOptions, type OptionSpec, optionsOf, statuses, topics } from '../cli/src/index.ts';

/** Where the page is kept. */
export const odstDocFile = 'docs/reference/odst.md';

const introduction = `# odst

<!-- Generated from cli/src by tools/generate-docs.ts. Change the commands, not this page. -->

The command asks and tells a server over its HTTP API. In this workspace it is \`npx -y pnpm odst\`; \`odst -h\` and
\`odst packages promote -h\` say what stands here. [The guide](../guides/odst.md) begins at the beginning.

## Every command

`;

const more = `
What cannot be undone (those with \`--yes\`) is told first, and done when a person says yes. Where nobody sits at the terminal it is refused
with status 6, unless \`--yes\` says so; \`--dry-run\` only tells.

The login is, of these, the first that there is: \`--user\` with a password; a token in \`ODST_TOKEN\`; \`ODST_PASSWORD\` of \`ODST_USER\` (\`admin\`);
what \`odst login\` keeps for the server, a line \`URL TOKEN\` of \`odst/tokens\` in \`$XDG_CONFIG_HOME\` (\`~/.config\`), which nobody else may read; a
password that is typed.

With \`--json\` standard output has what the API said, and standard error one problem document: that of the API, or one with a \`code\` of the
command's own, as \`ODST_NOT_CONFIRMED\`, and a \`detail\`.

## Exit statuses

| status | when |
|---|---|
`;

/** The page of all commands, in the order of their help. */
export function renderOdstDoc(): string {
  const rows = Object.values(statuses).map(({ code, about }) => `| ${code} | ${cell(about)} |\n`);
  const byTopic = Map.groupBy(commands, ({ name }) => name.split(' ')[0] ?? '');
  const sections = [...byTopic].map(([topic, ofTopic]) => {
    const about = topics[topic];
    return `\n## ${topic}\n${about === undefined ? '' : `\n${capital(about)}.\n`}${ofTopic.map(commandSection).join('')}`;
  });
  return [introduction, optionTable(globalOptions), more, ...rows, ...sections].join('');
}

function commandSection(command: Command): string {
  const { name, summary, details, operand, examples = {} } = command;
  const options = optionsOf(command);
  const required = Object.entries(options).flatMap(([option, spec]) => (spec.required ? [` --${option} <${spec.value}>`] : []));
  const others = Object.values(options).some((spec) => spec.required !== true) ? ' [options]' : '';
  const [open, close] = operand?.default === undefined ? ['<', '>'] : ['[', ']'];
  const what = operand === undefined ? '' : ` ${open}${operand.name}${operand.many === true ? '...' : ''}${close}`;
  const lines = Object.entries(examples).map(([line, why]) => `odst ${line}\n    # ${why}\n`);
  return [
    `\n### \`odst ${name}${what}${required.join('')}${others}\`\n\n`,
    `${capital(summary)}.${details === undefined ? '' : ` ${details}`}\n`,
    operand === undefined ? '' : `\n\`${operand.name}\`: ${operand.about}.\n`,
    Object.keys(options).length === 0 ? '' : `\n${optionTable(options)}`,
    lines.length === 0 ? '' : `\n\`\`\`sh\n${lines.join('')}\`\`\`\n`,
  ].join('');
}

function optionTable(options: Readonly<Record<string, OptionSpec>>): string {
  const rows = Object.entries(options).map(([name, { short, value, about, choices, required }]) => {
    const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
    const shown = value === undefined ? names : `${names} <${value}>`;
    const notes = [...(required ? ['needed'] : []), ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`])];
    return `| \`${cell(shown)}\` | ${cell([about, ...notes].join('; '))} |\n`;
  });
  return `| option | what |\n|---|---|\n${rows.join('')}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

import type { components } from '@odst/api-client';
import { printable } from '@odst/kernel';
import { remoteCommand } from './command.ts';
import { UsageFault } from './status.ts';
import type { Terminal } from './terminal.ts';

type Change = components['schemas']['SettingsChange'];

/** The commands about the settings of this server. */
export const settingsCommands = [
  remoteCommand({
    name: 'settings show',
    summary: 'all settings of this server that the API knows, with what to know of them',
    async run(api, _input, terminal) {
      const settings = await api.get('/api/v1/settings');
      printSettings(settings, terminal);
      return settings;
    },
  }),
  remoteCommand({
    name: 'settings set',
    summary: 'changes some of them',
    operand: {
      name: 'name=value',
      about: 'a setting that settings show names, with what it is to be',
      many: true,
      form: /^\w+=/,
    },
    examples: { 'settings set trashDays=14 name=Berlin': 'two at once: both or none' },
    isAct: true,
    async run(api, { operands }, terminal) {
      const present: Readonly<Record<string, unknown>> = await api.get('/api/v1/settings');
      const body = Object.fromEntries(operands.map((operand) => settingOf(operand, present))) as Change;
      const changed = await api.patch('/api/v1/settings', { body });
      printSettings(changed, terminal);
      return changed;
    },
  }),
];

/** @throws UsageFault for a setting that there is not, and a value of another kind */
function settingOf(operand: string, present: Readonly<Record<string, unknown>>): readonly [string, unknown] {
  const at = operand.indexOf('=');
  const [name, text] = [operand.slice(0, at), operand.slice(at + 1)];
  if (!Object.hasOwn(present, name)) {
    throw new UsageFault(`there is no setting ${name}: ${Object.keys(present).join(', ')}`);
  }
  const before = present[name];
  if (typeof before === 'string') return [name, text];
  const value = parsed(text);
  const kind = (one: unknown) => (Array.isArray(one) ? 'array' : typeof one);
  // What is not set yet does not say what it may be: the server does.
  if (before === null || kind(value) === kind(before)) return [name, value];
  throw new UsageFault(`${name} is now ${JSON.stringify(before)}; ${text} is none of that kind`);
}

/** JSON, with yes and no for people; other text is text. */
function parsed(text: string): unknown {
  if (text === 'yes' || text === 'no') return text === 'yes';
  try {
    return JSON.parse(text);
  } catch {
    // A plain word is what it says.
    return text;
  }
}

function printSettings(settings: Readonly<Record<string, unknown>>, { print, paint }: Terminal): void {
  const { warnings = [], ...others } = settings;
  const width = Math.max(...Object.keys(others).map(({ length }) => length)) + 1;
  for (const [name, value] of Object.entries(others)) {
    print(printable(`${`${name}:`.padEnd(width)} ${typeof value === 'string' ? value : JSON.stringify(value)}`));
  }
  for (const warning of warnings as readonly string[]) print(paint('yellow', printable(`Look at this: ${warning}`)));
}

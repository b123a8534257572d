export type { Command, OptionSpec } from './command.ts';
export { commands } from './commands.ts';
export { globalOptions, optionsOf, topics } from './program.ts';
export { statuses } from './status.ts';

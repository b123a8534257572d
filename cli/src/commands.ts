import type { Api } from './api.ts';
import { listDeadLetters, listSkippedLetters, retryDeadLetter, showDeadLetter, skipDeadLetter } from './dead-letters.ts';
import { newIdentity } from './identity.ts';
import { listProjections, rebuildProjection } from './projections.ts';
import { listServers } from './servers.ts';
import { type Terminal, UsageFault } from './terminal.ts';

/** What a command does with the server. */
export type Command = (api: Api, terminal: Terminal) => Promise<void>;

/** Flags of single commands. */
export type CommandFlags = { readonly reason?: string; readonly skipped?: boolean; readonly yes?: boolean };

type Verb = {
  /** What it has to be told: `a name`. Default nothing, and then it takes nothing. */
  readonly needs?: string;
  /** @param operand empty for one that needs none */
  readonly start: (flags: CommandFlags, operand: string) => Command;
};

const verbs: Readonly<Record<string, Readonly<Record<string, Verb>>>> = {
  identity: {
    new: {
      start:
        ({ yes }) =>
        (api, terminal) =>
          newIdentity(api, yes === true, terminal),
    },
  },
  servers: { list: { start: () => listServers } },
  projections: {
    list: { start: () => listProjections },
    rebuild: { needs: 'a name', start: (_flags, name) => (api, terminal) => rebuildProjection(api, name, terminal) },
  },
  'dead-letters': {
    list: { start: ({ skipped }) => (skipped === true ? listSkippedLetters : listDeadLetters) },
    show: { needs: 'an id', start: (_flags, id) => (api, terminal) => showDeadLetter(api, id, terminal) },
    retry: { needs: 'an id', start: (_flags, id) => (api, terminal) => retryDeadLetter(api, id, terminal) },
    skip: {
      needs: 'an id',
      start: ({ reason }, id) => {
        if (reason === undefined) throw new UsageFault('no reason: give --reason');
        return (api, terminal) => skipDeadLetter(api, id, reason, terminal);
      },
    },
  },
};

/** The command of a command line. @throws UsageFault where there is none, and for operands and flags that it lacks or does not take */
export function commandOf([topic, verb, ...operands]: readonly string[], flags: CommandFlags): Command {
  if (topic === undefined) throw new UsageFault('no command');
  const group = Object.hasOwn(verbs, topic) ? verbs[topic] : undefined;
  if (group === undefined) throw new UsageFault(`no such command: ${[topic, verb, ...operands].join(' ')}`.trimEnd());
  if (verb === undefined) throw new UsageFault(`${topic} needs one of ${Object.keys(group).join(', ')}`);
  const found = Object.hasOwn(group, verb) ? group[verb] : undefined;
  const name = `${topic} ${verb}`;
  if (found === undefined) throw new UsageFault(`no such command: ${name}`);
  if (flags.reason !== undefined && name !== 'dead-letters skip') throw new UsageFault('--reason is for dead-letters skip');
  if (flags.yes === true && name !== 'identity new') throw new UsageFault('--yes is for identity new');
  if (flags.skipped === true && name !== 'dead-letters list') throw new UsageFault('--skipped is for dead-letters list');
  const [operand, ...more] = operands;
  if (found.needs === undefined && operand !== undefined) {
    throw new UsageFault(`${name} takes nothing more: ${operands.join(' ')}`);
  }
  if (found.needs !== undefined && operand === undefined) throw new UsageFault(`${name} needs ${found.needs}`);
  if (more.length > 0) throw new UsageFault(`${name} takes one at a time: ${operands.join(' ')}`);
  return found.start(flags, operand ?? '');
}

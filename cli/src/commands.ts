import type { Api } from './api.ts';
import { listDeadLetters, listSkippedLetters, retryDeadLetter, showDeadLetter, skipDeadLetter } from './dead-letters.ts';
import { newIdentity } from './identity.ts';
import { rotateKey } from './key.ts';
import { listPeers, peerChangeOf, setPeer, showPeer, unregisterPeer } from './peers.ts';
import { listProjections, rebuildProjection } from './projections.ts';
import { blockServer, listServers, unblockServer } from './servers.ts';
import { type Terminal, UsageFault } from './terminal.ts';

/** What a command does with the server. */
export type Command = (api: Api, terminal: Terminal) => Promise<void>;

/** Flags of single commands. */
export type CommandFlags = {
  readonly reason?: string;
  readonly skipped?: boolean;
  readonly yes?: boolean;
  readonly 'stage-cap'?: string;
  readonly introduces?: string;
};

type Verb = {
  /** The flags that it takes. Default none */
  readonly flags?: readonly (keyof CommandFlags)[];
  /** What it has to be told: `a name`. Default nothing, and then it takes nothing. */
  readonly needs?: string;
  /** @param operand empty for one that needs none */
  readonly start: (flags: CommandFlags, operand: string) => Command;
};

const commandFlags: readonly (keyof CommandFlags)[] = ['reason', 'skipped', 'yes', 'stage-cap', 'introduces'];

const verbs: Readonly<Record<string, Readonly<Record<string, Verb>>>> = {
  identity: {
    new: {
      flags: ['yes'],
      start:
        ({ yes }) =>
        (api, terminal) =>
          newIdentity(api, yes === true, terminal),
    },
  },
  key: {
    rotate: {
      flags: ['yes'],
      start:
        ({ yes }) =>
        (api, terminal) =>
          rotateKey(api, yes === true, terminal),
    },
  },
  peers: {
    list: { start: () => listPeers },
    show: { needs: 'an id', start: (_flags, id) => (api, terminal) => showPeer(api, id, terminal) },
    set: {
      needs: 'an id',
      flags: ['stage-cap', 'introduces'],
      start: (flags, id) => {
        const change = peerChangeOf(flags);
        return (api, terminal) => setPeer(api, id, change, terminal);
      },
    },
    unregister: {
      needs: 'an id',
      flags: ['yes'],
      start:
        ({ yes }, id) =>
        (api, terminal) =>
          unregisterPeer(api, id, yes === true, terminal),
    },
  },
  servers: {
    list: { start: () => listServers },
    block: {
      needs: 'an ISS ID',
      flags: ['yes'],
      start:
        ({ yes }, iss) =>
        (api, terminal) =>
          blockServer(api, iss, yes === true, terminal),
    },
    unblock: {
      needs: 'an ISS ID',
      flags: ['yes'],
      start:
        ({ yes }, iss) =>
        (api, terminal) =>
          unblockServer(api, iss, yes === true, terminal),
    },
  },
  projections: {
    list: { start: () => listProjections },
    rebuild: { needs: 'a name', start: (_flags, name) => (api, terminal) => rebuildProjection(api, name, terminal) },
  },
  'dead-letters': {
    list: { flags: ['skipped'], start: ({ skipped }) => (skipped === true ? listSkippedLetters : listDeadLetters) },
    show: { needs: 'an id', start: (_flags, id) => (api, terminal) => showDeadLetter(api, id, terminal) },
    retry: { needs: 'an id', start: (_flags, id) => (api, terminal) => retryDeadLetter(api, id, terminal) },
    skip: {
      needs: 'an id',
      flags: ['reason'],
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
  refuseOtherFlags(flags, found);
  const [operand, ...more] = operands;
  if (found.needs === undefined && operand !== undefined) {
    throw new UsageFault(`${name} takes nothing more: ${operands.join(' ')}`);
  }
  if (found.needs !== undefined && operand === undefined) throw new UsageFault(`${name} needs ${found.needs}`);
  if (more.length > 0) throw new UsageFault(`${name} takes one at a time: ${operands.join(' ')}`);
  return found.start(flags, operand ?? '');
}

/** @throws UsageFault for a flag that the command does not take */
function refuseOtherFlags(given: CommandFlags, { flags = [] }: Verb): void {
  const wrong = commandFlags.find((flag) => given[flag] !== undefined && !flags.includes(flag));
  if (wrong === undefined) return;
  const takers = Object.entries(verbs).flatMap(([topic, group]) => {
    return Object.entries(group).flatMap(([verb, { flags = [] }]) => (flags.includes(wrong) ? [`${topic} ${verb}`] : []));
  });
  throw new UsageFault(`--${wrong} is for ${takers.join(', ')}`);
}

import { createAccount, listAccounts, removeAccount, rightOf, setAccount, setPassword } from './accounts.ts';
import type { Api } from './api.ts';
import { listConflicts, resolveConflict } from './conflicts.ts';
import { listCoverage, showCoverage } from './coverage.ts';
import { listDeadLetters, listSkippedLetters, retryDeadLetter, showDeadLetter, skipDeadLetter } from './dead-letters.ts';
import { newIdentity } from './identity.ts';
import { rotateKey } from './key.ts';
import { changeAtOnce, changeIfSure, confirmPackage, demotePackage } from './package-acts.ts';
import { listHistory, listPackages, listRevisions, showPackage } from './packages.ts';
import { listPeers, peerChangeOf, setPeer, showPeer, syncPeer, unregisterPeer } from './peers.ts';
import { listProjections, rebuildProjection } from './projections.ts';
import { resetPassword } from './reset-password.ts';
import { blockServer, listServers, retireServer, unblockServer } from './servers.ts';
import { endSession, listSessions, whoAmI } from './sessions.ts';
import { type Terminal, UsageFault } from './terminal.ts';
import { createToken, durationMs, listTokens, revokeToken } from './tokens.ts';

/** What a command does: with the API of a server, or on this machine alone. */
export type Command =
  | { readonly isLocal: false; readonly run: (api: Api, terminal: Terminal) => Promise<void> }
  | { readonly isLocal: true; readonly run: (terminal: Terminal) => Promise<void> };

/** Flags of single commands. */
export type CommandFlags = {
  readonly [Name in
    | 'data-dir'
    | 'expires'
    | 'from'
    | 'introduces'
    | 'keep'
    | 'owner'
    | 'reason'
    | 'role'
    | 'search'
    | 'sha256'
    | 'stage'
    | 'stage-cap'
    | 'stages'
    | 'status'
    | 'to']?: string;
} & { readonly [Name in 'conflict' | 'deleted' | 'password-stdin' | 'skipped' | 'unconfirmed' | 'yes']?: boolean };

type Verb = {
  /** What it has to be told: `a name`. Default nothing, and then it takes nothing. */
  readonly needs?: string;
  /** What that looks like. Default anything */
  readonly form?: RegExp;
  /** What it takes where nothing is told. Default: it has to be told */
  readonly default?: string;
  /** Its own flags. Default none */
  readonly takes?: readonly (keyof CommandFlags)[];
  /** Those of them that it cannot do without. Default none */
  readonly requires?: readonly (keyof CommandFlags)[];
} & (
  | {
      /** @param operand empty for one that needs none */
      readonly start: (flags: CommandFlags, operand: string) => (api: Api, terminal: Terminal) => Promise<void>;
    }
  | {
      /** The same of one that asks no server. */
      readonly startLocal: (flags: CommandFlags, operand: string) => (terminal: Terminal) => Promise<void>;
    }
);

const peerId = { needs: 'the id of a peer, a number that peers list shows', form: /^[1-9]\d{0,8}$/ };
const issId = { needs: 'an ISS ID, 32 hex digits that servers list shows', form: /^[0-9a-f]{32}$/ };
const conflictId = {
  needs: 'the id of a conflict, as 7-Prod, that conflicts list shows',
  form: /^[1-9]\d{0,8}-(?:Dev|Test|Prod)$/,
};
const tokenId = { needs: 'the id of a token, 16 hex digits that tokens list shows', form: /^[0-9a-f]{16}$/ };
const letterId = { needs: 'the id of a dead letter, as catalog-7, that dead-letters list shows', form: /^[a-z]+-[1-9]\d{0,14}$/ };

/** What the commands of a topic are; one without a verb has an empty name. */
const verbs: Readonly<Record<string, Readonly<Record<string, Verb>>>> = {
  accounts: {
    list: { start: () => listAccounts },
    create: {
      ...{ needs: 'a user name', takes: ['role', 'stages', 'password-stdin'], requires: ['role'] },
      start(flags, name) {
        rightOf(flags);
        return (api, terminal) => createAccount(api, name, flags, terminal);
      },
    },
    set: {
      ...{ needs: 'a user name', takes: ['role', 'stages'] },
      start(flags, name) {
        const change = rightOf(flags);
        if (Object.keys(change).length === 0) throw new UsageFault('nothing to set: give --role or --stages');
        return (api, terminal) => setAccount(api, name, change, terminal);
      },
    },
    password: {
      ...{ needs: 'a user name', takes: ['password-stdin'] },
      start: (flags, name) => (api, terminal) => setPassword(api, name, flags, terminal),
    },
    remove: {
      ...{ needs: 'a user name', takes: ['yes'] },
      start:
        ({ yes }, name) =>
        (api, terminal) =>
          removeAccount(api, name, yes === true, terminal),
    },
    'reset-password': {
      ...{ needs: 'a user name', default: 'admin', takes: ['data-dir', 'password-stdin'] },
      startLocal: (flags, name) => (terminal) => resetPassword(name, flags, terminal),
    },
  },
  tokens: {
    list: { start: () => listTokens },
    create: {
      ...{ needs: 'a name', takes: ['role', 'stages', 'expires', 'owner'], requires: ['role'] },
      start(flags, name) {
        rightOf(flags);
        if (flags.expires !== undefined) durationMs(flags.expires);
        return (api, terminal) => createToken(api, name, flags, terminal);
      },
    },
    revoke: {
      ...{ ...tokenId, takes: ['yes'] },
      start:
        ({ yes }, id) =>
        (api, terminal) =>
          revokeToken(api, id, yes === true, terminal),
    },
  },
  sessions: {
    list: { start: () => listSessions },
    end: { needs: 'an id', start: (_flags, id) => (api, terminal) => endSession(api, id, terminal) },
  },
  whoami: { '': { start: () => whoAmI } },
  packages: {
    list: {
      takes: ['stage', 'status', 'search', 'deleted', 'conflict', 'unconfirmed'],
      start: (flags) => (api, terminal) => listPackages(api, flags, terminal),
    },
    show: { needs: 'an id or a name', start: (_flags, name) => (api, terminal) => showPackage(api, name, terminal) },
    promote: {
      ...{ needs: 'an id or a name', takes: ['from', 'to', 'sha256', 'reason'], requires: ['to'] },
      start: (flags, name) => (api, terminal) => changeAtOnce(api, 'promote', name, flags, terminal),
    },
    demote: {
      ...{ needs: 'an id or a name', takes: ['from', 'to', 'sha256', 'reason', 'yes'], requires: ['to'] },
      start: (flags, name) => (api, terminal) => demotePackage(api, name, flags, terminal),
    },
    delete: {
      ...{ needs: 'an id or a name', takes: ['stage', 'sha256', 'reason', 'yes'] },
      start: (flags, name) => (api, terminal) => changeIfSure(api, 'delete', name, flags, terminal),
    },
    restore: {
      ...{ needs: 'an id or a name', takes: ['stage', 'sha256', 'reason'] },
      start: (flags, name) => (api, terminal) => changeAtOnce(api, 'restore', name, flags, terminal),
    },
    rollback: {
      ...{ needs: 'an id or a name', takes: ['stage', 'reason', 'yes'], requires: ['stage'] },
      start: (flags, name) => (api, terminal) => changeIfSure(api, 'rollback', name, flags, terminal),
    },
    confirm: {
      ...{ needs: 'an id or a name', takes: ['yes'] },
      start: (flags, name) => (api, terminal) => confirmPackage(api, name, flags, terminal),
    },
    history: { needs: 'an id or a name', start: (_flags, name) => (api, terminal) => listHistory(api, name, terminal) },
    revisions: { needs: 'an id or a name', start: (_flags, name) => (api, terminal) => listRevisions(api, name, terminal) },
  },
  conflicts: {
    list: { start: () => listConflicts },
    resolve: {
      ...{ ...conflictId, takes: ['keep', 'reason', 'yes'], requires: ['keep'] },
      start: (flags, id) => (api, terminal) => resolveConflict(api, id, flags, terminal),
    },
  },
  coverage: {
    list: { start: () => listCoverage },
    show: { needs: 'an id or a name', start: (_flags, name) => (api, terminal) => showCoverage(api, name, terminal) },
  },
  identity: {
    new: {
      takes: ['yes'],
      start:
        ({ yes }) =>
        (api, terminal) =>
          newIdentity(api, yes === true, terminal),
    },
  },
  key: {
    rotate: {
      takes: ['yes'],
      start:
        ({ yes }) =>
        (api, terminal) =>
          rotateKey(api, yes === true, terminal),
    },
  },
  peers: {
    list: { start: () => listPeers },
    show: { ...peerId, start: (_flags, id) => (api, terminal) => showPeer(api, id, terminal) },
    set: {
      ...peerId,
      takes: ['stage-cap', 'introduces'],
      start: (flags, id) => {
        const change = peerChangeOf(flags);
        return (api, terminal) => setPeer(api, id, change, terminal);
      },
    },
    sync: { needs: 'an id or a name', start: (_flags, reference) => (api, terminal) => syncPeer(api, reference, terminal) },
    unregister: {
      ...peerId,
      takes: ['yes'],
      start:
        ({ yes }, id) =>
        (api, terminal) =>
          unregisterPeer(api, id, yes === true, terminal),
    },
  },
  servers: {
    list: { start: () => listServers },
    block: {
      ...issId,
      takes: ['yes'],
      start:
        ({ yes }, iss) =>
        (api, terminal) =>
          blockServer(api, iss, yes === true, terminal),
    },
    unblock: {
      ...issId,
      takes: ['yes'],
      start:
        ({ yes }, iss) =>
        (api, terminal) =>
          unblockServer(api, iss, yes === true, terminal),
    },
    retire: {
      needs: 'a name or an ISS ID',
      takes: ['reason'],
      start: (flags, server) => (api, terminal) => retireServer(api, server, flags, terminal),
    },
  },
  projections: {
    list: { start: () => listProjections },
    rebuild: { needs: 'a name', start: (_flags, name) => (api, terminal) => rebuildProjection(api, name, terminal) },
  },
  'dead-letters': {
    list: { takes: ['skipped'], start: ({ skipped }) => (skipped === true ? listSkippedLetters : listDeadLetters) },
    show: { ...letterId, start: (_flags, id) => (api, terminal) => showDeadLetter(api, id, terminal) },
    retry: { ...letterId, start: (_flags, id) => (api, terminal) => retryDeadLetter(api, id, terminal) },
    skip: {
      ...{ ...letterId, takes: ['reason'], requires: ['reason'] },
      start:
        ({ reason = '' }, id) =>
        (api, terminal) =>
          skipDeadLetter(api, id, reason, terminal),
    },
  },
};

/** The command of a command line. @throws UsageFault where there is none, and for operands and flags that it lacks or does not take */
export function commandOf(words: readonly string[], flags: CommandFlags): Command {
  const { name, verb, operands } = verbOf(words);
  for (const flag of flagNames) {
    if (flags[flag] !== undefined && verb.takes?.includes(flag) !== true) throw strange(flag);
  }
  const [operand = verb.default, ...more] = operands;
  if (verb.needs === undefined && operand !== undefined) {
    throw new UsageFault(`${name} takes nothing more: ${operands.join(' ')}`);
  }
  if (verb.needs !== undefined && operand === undefined) throw new UsageFault(`${name} needs ${verb.needs}`);
  if (operand !== undefined && verb.form?.test(operand) === false) {
    throw new UsageFault(`${name} needs ${verb.needs}: ${operand} is none`);
  }
  if (more.length > 0) throw new UsageFault(`${name} takes one at a time: ${operands.join(' ')}`);
  for (const flag of verb.requires ?? []) {
    if (flags[flag] === undefined) throw new UsageFault(`${name} needs --${flag}`);
  }
  // What is said to every command, as the URL, is no part of what a server is told to do.
  const own = (verb.takes ?? []).flatMap((flag) => (flags[flag] === undefined ? [] : [[flag, flags[flag]]]));
  const told = [Object.fromEntries(own) as CommandFlags, operand ?? ''] as const;
  return 'start' in verb ? { isLocal: false, run: verb.start(...told) } : { isLocal: true, run: verb.startLocal(...told) };
}

function verbOf([topic, ...words]: readonly string[]) {
  if (topic === undefined) throw new UsageFault('no command');
  const group = Object.hasOwn(verbs, topic) ? verbs[topic] : undefined;
  if (group === undefined) throw new UsageFault(`no such command: ${[topic, ...words].join(' ')}`.trimEnd());
  const alone = group[''];
  if (alone !== undefined) return { name: topic, verb: alone, operands: words };
  const [word, ...operands] = words;
  if (word === undefined) throw new UsageFault(`say what to do: ${topic} ${Object.keys(group).join(`, ${topic} `)}`);
  const verb = Object.hasOwn(group, word) ? group[word] : undefined;
  const name = `${topic} ${word}`;
  if (verb === undefined) throw new UsageFault(`no such command: ${name}`);
  return { name, verb, operands };
}

const flagsByCommand = Object.entries(verbs).flatMap(([topic, group]) =>
  Object.entries(group).map(([verb, { takes = [] }]) => ({ name: `${topic} ${verb}`.trimEnd(), takes })),
);
const flagNames = [...new Set(flagsByCommand.flatMap(({ takes }) => takes))];

function strange(flag: keyof CommandFlags): UsageFault {
  const names = flagsByCommand.filter(({ takes }) => takes.includes(flag)).map(({ name }) => name);
  return new UsageFault(`--${flag} is for ${names.join(', ')}`);
}

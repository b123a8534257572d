import { run } from '../../src/run.ts';
import type { DataDirs, Terminal } from '../../src/terminal.ts';

/** What of a terminal has nobody in front of it, and no file. */
export const bareTerminal = {
  version: '1.2.3',
  host: 'laptop',
  fault: (error) => {
    throw error;
  },
  progress: () => ({ update: () => undefined, [Symbol.dispose]: () => undefined }),
  interruption: () => ({ signal: new AbortController().signal, [Symbol.dispose]: () => undefined }),
  files: {
    describe: async (path) => ({ path, name: path, sizeBytes: 10_000 }),
    sha256: async () => 'b'.repeat(64),
    send: async () => 'http://127.0.0.1:8080/api/v1/uploads/u1',
    save: async () => undefined,
  },
  certificateOf: async () => undefined,
  emit: () => undefined,
  paint: (_colour: string, text: string) => text,
  now: () => new Date('2026-01-01T00:00:00Z'),
  ask: async () => undefined,
  askSecret: async () => undefined,
  readInput: async () => '',
  ownFiles: { read: async () => undefined, write: async () => undefined },
  dataDirs: {
    isServed: async () => undefined,
    askPasswordReset: async () => 'r1',
    addDatabaseKey: async () => undefined,
    stateOfReset: async () => 'done',
  },
} as const satisfies Partial<Terminal>;

/** What else a command finds. */
type World = {
  readonly ownFiles?: Partial<Terminal['ownFiles']>;
  /** What a person answers, one after the other. Default: nobody is there. */
  readonly answered?: readonly string[];
  /** What a person types, one after the other. Default: nobody is there. */
  readonly typed?: readonly string[];
  /** Standard input. */
  readonly input?: string;
  readonly dataDirs?: Partial<DataDirs>;
  readonly files?: Partial<Terminal['files']>;
};

/** Runs a command against answers, the last of which comes again and again. */
export async function odst(
  command: string | readonly string[],
  answers: readonly (object | Response)[] = [],
  env: Record<string, string | undefined> = {},
  { typed, answered, input = '', ownFiles = {}, dataDirs = {}, files = {} }: World = {},
) {
  const toType = [...(typed ?? [])];
  const toAnswer = [...(answered ?? [])];
  const questions: string[] = [];
  const requests: string[] = [];
  const out: string[] = [];
  const err: string[] = [];
  let waitedMs = 0;
  const left = [...answers];
  const bodies: unknown[] = [];
  const code = await run(typeof command === 'string' ? command.split(' ') : command, {
    env: { ODST_PASSWORD: 'secret', ...env },
    fetch: async (request) => {
      requests.push(`${request.method} ${request.url} ${request.headers.get('authorization')}`);
      bodies.push(await request.text());
      const answer = left.length > 1 ? left.shift() : left[0];
      if (answer === undefined) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
      return answer instanceof Response ? answer : Response.json(answer);
    },
    wait: async (ms) => {
      waitedMs += ms;
    },
    ...bareTerminal,
    ask: async (question) => {
      questions.push(question);
      return toAnswer.shift();
    },
    askSecret: async (question) => {
      questions.push(question);
      return toType.shift();
    },
    readInput: async () => input,
    ownFiles: { ...bareTerminal.ownFiles, ...ownFiles },
    files: { ...bareTerminal.files, ...files },
    dataDirs: { ...bareTerminal.dataDirs, ...dataDirs },
    print: (line) => void out.push(line),
    complain: (line) => void err.push(line),
  });
  return { code, requests, bodies, questions, out, err: err.join('\n'), waitedMs };
}

/** A page of a list. */
export const items = (...rows: readonly object[]) => ({ items: rows, next: null });

/** A refusal, as the server writes it. */
export const problemOf = (status: number, problem: object) =>
  Response.json(problem, { status, headers: { 'content-type': 'application/problem+json' } });

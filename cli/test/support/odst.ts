import { run } from '../../src/run.ts';
import type { DataDirs, Terminal } from '../../src/terminal.ts';

/** What of a terminal has nobody in front of it, and no file. */
export const bareTerminal = {
  now: () => new Date('2026-01-01T00:00:00Z'),
  askSecret: async () => undefined,
  readInput: async () => '',
  readOwnFile: async () => undefined,
  dataDirs: { isServed: async () => undefined, askPasswordReset: async () => 'r1', stateOfReset: async () => 'done' },
} as const satisfies Partial<Terminal>;

/** What else a command finds. */
type World = Partial<Pick<Terminal, 'readOwnFile'>> & {
  /** What a person types, one after the other. Default: nobody is there. */
  readonly typed?: readonly string[];
  /** Standard input. */
  readonly input?: string;
  readonly dataDirs?: Partial<DataDirs>;
};

/** Runs a command against answers, the last of which comes again and again. */
export async function odst(
  command: string | readonly string[],
  answers: readonly (object | Response)[] = [],
  env: Record<string, string | undefined> = {},
  { typed, input = '', readOwnFile = bareTerminal.readOwnFile, dataDirs = {} }: World = {},
) {
  const toType = [...(typed ?? [])];
  const questions: string[] = [];
  const requests: string[] = [];
  const out: string[] = [];
  const err: string[] = [];
  let waitedMs = 0;
  const left = [...answers];
  const bodies: unknown[] = [];
  const code = await run(typeof command === 'string' ? command.split(' ') : command, {
    env: { ODST_PASSWORD: 'secret', ...env },
    fetch: async (url, init) => {
      requests.push(`${init.method} ${url} ${new Headers(init.headers).get('authorization')}`);
      bodies.push(init.body);
      const answer = left.length > 1 ? left.shift() : left[0];
      if (answer === undefined) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
      return answer instanceof Response ? answer : Response.json(answer);
    },
    wait: async (ms) => {
      waitedMs += ms;
    },
    ...bareTerminal,
    askSecret: async (question) => {
      questions.push(question);
      return toType.shift();
    },
    readInput: async () => input,
    readOwnFile,
    dataDirs: { ...bareTerminal.dataDirs, ...dataDirs },
    print: (line) => void out.push(line),
    complain: (line) => void err.push(line),
  });
  return { code, requests, bodies, questions, out, err: err.join('\n'), waitedMs };
}

/** A page of a list. */
export const items = (...rows: readonly object[]) => ({ items: rows, next: null });

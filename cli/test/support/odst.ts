import { run } from '../../src/run.ts';

/** Runs a command against answers, the last of which comes again and again. */
export async function odst(
  command: string | readonly string[],
  answers: readonly (object | Response)[] = [],
  env: Record<string, string> = {},
) {
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
    print: (line) => void out.push(line),
    complain: (line) => void err.push(line),
  });
  return { code, requests, bodies, out, err: err.join('\n'), waitedMs };
}

/** A page of a list. */
export const items = (...rows: readonly object[]) => ({ items: rows, next: null });

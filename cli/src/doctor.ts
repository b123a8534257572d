import { ApiProblem, ApiUnreachable } from '@odst/api-client';
import { humanSize, printable } from '@odst/kernel';
import { remoteCommand } from './command.ts';
import { type Api, allOf } from './connection.ts';
import { Ended, Fault, ServerFault, type Status } from './status.ts';
import type { Terminal } from './terminal.ts';

/** What was looked at, how it is, and what to do about it. */
type Finding = {
  readonly what: string;
  readonly is: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** Left out where there is nothing to do. */
  readonly advice?: string;
};

type Check = (api: Api, terminal: Terminal) => Promise<readonly Finding[]>;

const ok = (what: string, detail: string): Finding => ({ what, is: 'ok', detail });
const warn = (what: string, detail: string, advice: string): Finding => ({ what, is: 'warn', detail, advice });
const fail = (what: string, detail: string, advice: string): Finding => ({ what, is: 'fail', detail, advice });

const dayMs = 86_400_000;

/** Each asks for one thing; what one may not see is told as such. */
const checks: Readonly<Record<string, Check>> = {
  version: async (api, { version }) => {
    const answer = await api.fetch('/api/openapi.json');
    const { info } = (await answer.json()) as { readonly info: { readonly version: string } };
    if (info.version === version) return [ok('version', info.version)];
    const detail = `the server is ${info.version}, this command ${version}`;
    return [warn('version', detail, 'take the command from the same version as the server')];
  },
  certificate: async ({ url }, { certificateOf, now }) => {
    // Requests may go through a proxy that this does not.
    const certificate = await certificateOf(url).catch((error: Error) => {
      throw new ServerFault(`could not be looked at: ${error.message}`);
    });
    if (certificate === undefined) {
      const isHere = /^(?:localhost|127\..*|\[::1\])$/.test(new URL(url).hostname);
      if (isHere) return [ok('certificate', 'none, on this machine')];
      return [warn('certificate', 'none: logins cross the network in the clear', 'set up TLS: docs/guides/tls.md')];
    }
    const { validUntil, issuer } = certificate;
    const days = Math.floor((validUntil.getTime() - now().getTime()) / dayMs);
    const detail = `of ${issuer}, until ${validUntil.toISOString()}`;
    if (days < 0) return [fail('certificate', `has ended: ${detail}`, 'renew it; the server takes a new file without a restart')];
    if (days < 14) return [warn('certificate', `ends in ${days} days: ${detail}`, 'renew it, and look why that did not happen')];
    return [ok('certificate', detail)];
  },
  clock: async (api, { now }) => {
    const askedMs = now().getTime();
    const answer = await api.fetch('/healthz');
    const tookMs = now().getTime() - askedMs;
    // The header has whole seconds.
    const offsetS = Math.round((Date.parse(answer.headers.get('date') ?? '') - (askedMs + tookMs / 2)) / 1_000);
    if (Number.isNaN(offsetS)) return [warn('clock', 'the server does not tell its time', 'look at the proxy before it')];
    // It told its time at some moment between question and answer.
    const knownToS = tookMs / 2_000;
    if (Math.abs(offsetS) - knownToS < 5)
      return [ok('clock', `as that of this machine, to ${knownToS < 1 ? 'a few' : Math.ceil(5 + 2 * knownToS)} seconds`)];
    const detail = `that of the server is ${Math.abs(offsetS)} s ${offsetS > 0 ? 'ahead of' : 'behind'} this machine's`;
    return [(Math.abs(offsetS) < 600 ? warn : fail)('clock', detail, 'set the clock of one of the two, best by NTP')];
  },
  parts: async (api) => {
    const lines = (await (await api.fetch('/readyz')).text()).split('\n').filter((line) => line !== '');
    return [ok('parts', `${lines.length} ready`)];
  },
  'own URL': async (api) => {
    const { warnings, url } = await api.get('/api/v1/settings');
    if (warnings.length === 0) return [ok('own URL', url === '' ? 'not set, as nobody registers' : url)];
    return warnings.map((warning) => warn('own URL', warning, 'where another one is right: odst settings set url=https://…'));
  },
  peers: async (api) => {
    const { items } = await allOf(api, '/api/v1/peers');
    const found = items.flatMap(({ id, name, state, lastError, heldBack, warnings }) => {
      const seen = `odst peers show ${id}`;
      return [
        ...(state === 'offline'
          ? [warn('peers', `${name} is offline: ${lastError ?? 'no answer'}`, `${seen} tells when it is tried again`)]
          : []),
        ...(heldBack > 0 ? [warn('peers', `${heldBack} changes of ${name} are held back`, `${seen} tells why`)] : []),
        ...warnings.map((warning) => warn('peers', `${name}: ${warning}`, seen)),
      ];
    });
    return found.length > 0 ? found : [ok('peers', items.length === 0 ? 'none' : `${items.length}, none offline`)];
  },
  conflicts: async (api) => {
    const [first] = (await api.get('/api/v1/conflicts', { params: { query: { limit: 1 } } })).items;
    if (first === undefined) return [ok('conflicts', 'none')];
    return [warn('conflicts', `${first.package.filename} and maybe others are in conflict`, 'odst conflicts list')];
  },
  'dead letters': async (api) => {
    const [first] = (await api.get('/api/v1/dead-letters', { params: { query: { limit: 1 } } })).items;
    if (first === undefined) return [ok('dead letters', 'none')];
    return [fail('dead letters', `${first.consumer} set a message aside: ${first.failure ?? ''}`, 'odst dead-letters list')];
  },
  'read models': async (api) => {
    const { items } = await api.get('/api/v1/projections');
    const found = items.flatMap(({ name, state, failure, lag }) => {
      if (failure !== null) return [fail('read models', `${name}: ${failure}`, `mend it, then odst projections rebuild ${name}`)];
      return lag > mostLag
        ? [warn('read models', `${name} is ${state}, ${lag} events behind`, 'look again: does it catch up?')]
        : [];
    });
    return found.length > 0 ? found : [ok('read models', `${items.length}, none behind`)];
  },
  disk: async (api) => {
    const { disk_free: free, disk_total: total } = await api.get('/api/admin/system');
    const detail = `${humanSize(free)} of ${humanSize(total)} free`;
    const advice = 'make room: docs/guides/full-disk.md';
    if (free < 2 ** 30) return [fail('disk', detail, advice)];
    return [free / total < 0.1 ? warn('disk', detail, advice) : ok('disk', detail)];
  },
};

/** A read model is seldom further behind, but after a start. */
const mostLag = 1_000;

/** `odst doctor` */
export const doctorCommand = remoteCommand({
  name: 'doctor',
  summary: 'looks at a server from here: what is well, what to look at, what is wrong, and what to do',
  details: 'Ends with the status of the worst: 0, 7 or 8; with 1 where the server cannot be reached, and 4 without a login.',
  async run(api, _input, terminal) {
    await reach(api, terminal);
    const findings: Finding[] = [];
    for (const [what, check] of Object.entries(checks)) {
      const found = await check(api, terminal).catch((error: unknown) => unchecked(what, error));
      for (const finding of found) show(finding, terminal);
      findings.push(...found);
    }
    return new Ended(statusOf(findings), { items: findings });
  },
});

/** Without a server, or a login, all else would say the same again. */
async function reach(api: Api, terminal: Terminal): Promise<void> {
  await api.fetch('/healthz');
  const { username, role } = await api.get('/api/v1/session');
  show(ok('server', `${api.url} answers to ${username}, role ${role}`), terminal);
}

function unchecked(what: string, error: unknown): readonly Finding[] {
  if (error instanceof ApiProblem && error.status === 403) return [warn(what, 'not looked at', 'log in with a higher role')];
  if (error instanceof ApiProblem || error instanceof ApiUnreachable || error instanceof Fault) {
    return [fail(what, error.message, 'try again, then look into the log of the server')];
  }
  throw error;
}

const marks = { ok: ['green', 'ok  '], warn: ['yellow', 'warn'], fail: ['red', 'fail'] } as const;

function show({ what, is, detail, advice }: Finding, { print, paint }: Terminal): void {
  const [colour, mark] = marks[is];
  print(`${paint(colour, mark)}  ${what.padEnd(12)}  ${printable(detail)}`);
  if (advice !== undefined) print(`      ${' '.repeat(12)}  → ${printable(advice)}`);
}

function statusOf(findings: readonly Finding[]): Status {
  const all = new Set(findings.map(({ is }) => is));
  return all.has('fail') ? 'wrong' : all.has('warn') ? 'toLookAt' : 'done';
}

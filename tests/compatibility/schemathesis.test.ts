import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { commandExists, freePort, requirement, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { expectNoErrors } from '../support/refusals.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { type Finding, ruleOf, rules, untested } from './schemathesis-rules.ts';

/** Requests that are made up for each operation, beside those that follow from its schemas. */
const examples = process.env['ODST_TEST_API_EXAMPLES'] ?? 8;
const runLimitMs = 3_600_000;

/** Who calls without a right is refused: tests/e2e/rights.test.ts. Here wrong logins would only be held off, 429. */
const otherChecks = 'ignored_auth,object_level_authorization';

const isThere = await requirement('schemathesis', () => commandExists('schemathesis'));

async function seed({ url, admin }: ServerProcess, folder: string) {
  const call = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const headers = { authorization: admin.authorization, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const answer = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(answer.status).toBeLessThan(300);
    return answer.status === 204 ? {} : ((await answer.json()) as Record<string, unknown>);
  };
  for (const [index, name] of ['first.pkg', 'second file.pkg', 'gone.pkg'].entries()) {
    const file = await installerFile(join(folder, name), 10_240, name);
    const form = new FormData();
    form.set('stage', ['Dev', 'Test', 'Prod'][index] ?? 'Dev');
    form.set('file', await openAsBlob(file.path), name);
    const answer = await fetch(`${url}/api/admin/upload`, {
      method: 'POST',
      headers: { authorization: admin.authorization },
      body: form,
    });
    expect(answer.status).toBe(201);
  }
  await call('DELETE', '/api/v1/packages/3');
  for (const username of ['eva', 'old'])
    await call('POST', '/api/v1/accounts', { username, password: `correct horse of ${username}`, role: 'promoter' });
  await call('POST', '/api/v1/tokens', { name: 'of eva', role: 'viewer', username: 'eva' });
  return (await call('POST', '/api/v1/tokens', { name: 'run', role: 'admin' })) as { id: string; token: string };
}

/** Runs Schemathesis over the document that the server gives out. @returns what it found */
async function run(url: string, folder: string, { id, token }: { id: string; token: string }): Promise<readonly Finding[]> {
  const report = join(folder, 'report.ndjson');
  const args = [
    ...['--config-file', join(import.meta.dirname, 'schemathesis.toml'), 'run', `${url}/api/openapi.json`, '--no-color'],
    ...[
      '--phases',
      'examples,coverage,fuzzing',
      '-n',
      String(examples),
      '--exclude-checks',
      otherChecks,
      '-H',
      `Authorization: Bearer ${token}`,
    ],
    ...['--report', 'ndjson', '--report-ndjson-path', report],
    ...untested.flatMap(({ id: operation }) => ['--exclude-operation-id', operation]),
  ];
  const env = {
    ...process.env,
    SCHEMATHESIS_HOOKS: 'schemathesis_hooks',
    PYTHONPATH: [import.meta.dirname, process.env['PYTHONPATH'] ?? ''].join(':'),
    PYTHONDONTWRITEBYTECODE: '1',
    ODST_KEEPER: 'admin',
    ODST_TOKEN_ID: id,
  };
  const child = spawn('schemathesis', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const told: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => told.push(text));
  const [code] = (await once(child, 'close')) as [number | null];
  // 1 where it found something; anything else is no run.
  expect([0, 1], told.join('')).toContain(code);
  return await findingsIn(report);
}

type Check = {
  readonly name: string;
  readonly status: string;
  readonly failure_info?: { readonly failure: { readonly message: string } };
};
type Scenario = {
  readonly recorder: {
    readonly label: string;
    readonly checks?: Readonly<Record<string, readonly Check[]>>;
    readonly interactions?: Readonly<Record<string, Interaction>>;
  };
};
type Interaction = {
  readonly request: { readonly method: string; readonly uri: string; readonly body?: { readonly $base64: string } | null };
  readonly response?: {
    readonly status_code: number;
    readonly headers: Readonly<Record<string, readonly string[]>>;
    readonly content?: { readonly $base64: string } | null;
  } | null;
};

const textOf = (content: { readonly $base64: string } | null | undefined) =>
  Buffer.from(content?.$base64 ?? '', 'base64').toString('utf8');

/** What every answer has, whatever was asked: no page frames it or guesses its type, and none leads elsewhere. */
function faultOf({ status_code: status, headers }: NonNullable<Interaction['response']>): string | undefined {
  if (status >= 300 && status < 400 && status !== 304) return `${status} leads elsewhere`;
  const has = (name: string, value: string) => headers[name]?.some((one) => one.includes(value)) === true;
  if (!has('x-frame-options', 'DENY') || !has('content-security-policy', "frame-ancestors 'none'")) return 'it may be framed';
  return has('x-content-type-options', 'nosniff') ? undefined : 'its type may be guessed';
}

/** Reads a report line by line: it has every request and answer. */
async function findingsIn(report: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for await (const line of createInterface({ input: createReadStream(report) })) {
    const { ScenarioFinished: scenario, NonFatalError: error } = JSON.parse(line) as {
      ScenarioFinished?: Scenario;
      NonFatalError?: { readonly label: string; readonly value: { readonly message: string } };
    };
    if (error !== undefined) {
      findings.push({ operation: error.label, check: 'error', status: 0, code: '', detail: error.value.message, request: '' });
    }
    const { label = '', checks = {}, interactions = {} } = scenario?.recorder ?? {};
    for (const { request, response } of Object.values(interactions)) {
      const detail = response == null ? undefined : faultOf(response);
      if (detail === undefined) continue;
      const asked = `${request.method} ${request.uri}`;
      findings.push({ operation: label, check: 'headers', status: response?.status_code ?? 0, code: '', detail, request: asked });
    }
    for (const [id, all] of Object.entries(checks)) {
      for (const check of all.filter(({ status }) => status !== 'success')) {
        const { request, response } = interactions[id] ?? {};
        const body = textOf(response?.content);
        const problem = (body.startsWith('{') ? JSON.parse(body) : {}) as { code?: string; detail?: string };
        findings.push({
          operation: label,
          check: check.name,
          status: response?.status_code ?? 0,
          code: problem.code ?? '',
          detail: problem.detail ?? check.failure_info?.failure.message ?? '',
          request: `${request?.method} ${request?.uri} ${textOf(request?.body).slice(0, 2_000)}`.trim(),
        });
      }
    }
  }
  return findings;
}

test.skipIf(!isThere)(
  'no request that its document allows or forbids makes the server fail, or answer what the document does not say',
  { timeout: runLimitMs },
  async () => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await temporaryDirectory()).path;
    const env = { ODST_ADMIN_PASSWORD: 'a password of its own' };
    const server = stack.use(await startServerProcess({ dataDir: join(folder, 'data'), port: await freePort(), env }));
    const findings = await run(server.url, folder, await seed(server, folder));
    expect(findings.filter((finding) => ruleOf(finding) === undefined)).toEqual([]);
    const used = new Set(findings.map(ruleOf));
    expect(
      rules.filter((rule) => rule.rare !== true && !used.has(rule)),
      'rules that nothing came upon',
    ).toEqual([]);
    expectNoErrors(server.log());
  },
);

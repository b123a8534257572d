import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { advisoryProblems, withdrawnPackages } from '../checks/advisories.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const advisory = (severity: string) => ({
  severity,
  title: 'SQL injection',
  url: `https://github.com/advisories/GHSA-${severity}`,
});

/** Runs the audit against a registry that answers this. */
async function auditWith(status: number, answer: object, path = '/') {
  const asked: unknown[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    asked.push([request.method, request.url, JSON.parse(body)]);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const env = { ...process.env, npm_config_registry: registry };
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; output: string }>();
  execFile(process.execPath, ['tools/audit.ts'], { cwd: root, env }, (error, stdout, stderr) =>
    resolve({ code: error?.code ?? 0, output: stdout + stderr }),
  );
  const result = await promise;
  server.close();
  return { ...result, asked };
}

describe('the audit', () => {
  test('asks for what is shipped, in the versions that are installed, and fails on what is high or critical', async () => {
    const { code, output, asked } = await auditWith(200, {
      pg: [advisory('high')],
      fastify: [advisory('critical'), advisory('low')],
    });
    expect(asked).toEqual([
      ['POST', '/-/npm/v1/security/advisories/bulk', expect.objectContaining({ pg: [expect.stringMatching(/^\d+\./)] })],
    ]);
    expect(output).toContain('FAIL audit: pg: high: SQL injection (https://github.com/advisories/GHSA-high)');
    expect(output).toContain('FAIL audit: fastify: critical');
    expect(output).not.toContain('GHSA-low');
    expect(code).toBe(1);
  });

  test('passes where there is nothing, and fails where the registry does not answer', async () => {
    expect(await auditWith(200, {})).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^ok {3}audit: 0 advisories, \d+ packages/),
    });
    expect((await auditWith(500, {})).code).toBe(1);
  });

  test('asks below the path of a registry that has one, however it is written', async () => {
    const { asked } = await auditWith(200, {}, '/api/npm/mirror');
    expect(asked).toEqual([['POST', '/api/npm/mirror/-/npm/v1/security/advisories/bulk', expect.anything()]]);
  });

  test('says that it knows nothing where the registry serves no advisories', async () => {
    const { code, output } = await auditWith(405, {});
    expect([code, output]).toEqual([0, expect.stringMatching(/^NOT AUDITED: http/)]);
  });
});

test('an advisory is accepted by its URL, and an acceptance that nothing needs is refused', () => {
  const found = [{ name: 'pg', ...advisory('high') }];
  const url = 'https://github.com/advisories/GHSA-high';
  expect(advisoryProblems(found, {})).toHaveLength(1);
  expect(advisoryProblems(found, { [url]: 'the function is not called' })).toEqual([]);
  expect(advisoryProblems([], { [url]: 'the function is not called' })).toEqual([expect.stringContaining('nothing needs it')]);
});

test('a package that its authors withdrew is told by the lock file', () => {
  const lock = `packages:

  '@scope/old@1.0.0':
    resolution: {integrity: sha512-x}
    engines: {node: '>=6'}
    deprecated: 'critical weakness; use 2'

  fine@1.0.0:
    resolution: {integrity: sha512-y}

  other@3.0.0:
    resolution: {integrity: sha512-z}
    deprecated: gone
`;
  const shipped = ['@scope/old', 'fine'].map((name) => ({ name, version: '1.0.0', licence: 'MIT' }));
  expect(withdrawnPackages(shipped, lock)).toEqual(["@scope/old@1.0.0: withdrawn by its authors: 'critical weakness; use 2'"]);
});

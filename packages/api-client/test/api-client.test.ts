import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type ApiClientOptions,
  ApiProblem,
  type ApiRetry,
  ApiUnreachable,
  createApiClient,
  type ListItem,
  type ProblemCode,
} from '../src/index.ts';

const baseUrl = 'https://ods.example';

/** A client of a server that gives these answers, the last one again and again. */
function clientOf(answers: readonly (object | Response | Error)[], options: ApiClientOptions = {}) {
  const requests: { readonly line: string; readonly headers: Headers; readonly body: string }[] = [];
  const left = [...answers];
  const api = createApiClient({
    baseUrl,
    ...options,
    fetch: async (request) => {
      requests.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: await request.text() });
      request.signal.throwIfAborted();
      const answer = left.length > 1 ? left.shift() : left[0];
      if (answer instanceof Error) throw answer;
      return answer instanceof Response ? answer.clone() : Response.json(answer);
    },
  });
  return { api, requests, lines: () => requests.map(({ line }) => line.replace(`${baseUrl}/api/v1`, '')) };
}

const problem = (status: number, document: object, headers: Readonly<Record<string, string>> = {}) =>
  Response.json(document, { status, headers: { 'content-type': 'application/problem+json', ...headers } });
const busy = (seconds: string) => problem(503, { code: 'STORAGE_UPLOADS_BUSY' }, { 'retry-after': seconds });
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the client', () => {
  test('asks for what the path, the query and the body say, and gives what came', async () => {
    const { api, requests } = clientOf([{ id: 7, filename: 'NoMAD.pkg' }]);
    const made = await api.post('/api/v1/packages/{id}/promote', {
      params: { path: { id: 7 }, query: { dryRun: 'false' } },
      body: { to: 'Prod' },
    });
    expect(made).toEqual({ id: 7, filename: 'NoMAD.pkg' });
    expect(requests[0]).toMatchObject({
      line: `POST ${baseUrl}/api/v1/packages/7/promote?dryRun=false`,
      body: '{"to":"Prod"}',
    });
    const named = await api.get('/api/v1/packages/{id}', { params: { path: { id: 'No/MAD ü.pkg' } } });
    expectTypeOf<(typeof named)['heads']['Prod']>().toExtend<{ readonly sha256: string | null } | null>();
    expect(requests[1]?.line).toBe(`GET ${baseUrl}/api/v1/packages/No%2FMAD%20%C3%BC.pkg`);
  });

  test.each([
    [{ token: 'odst_a_b' }, 'Bearer odst_a_b'],
    [{ username: 'eva', password: 'grün:1' }, `Basic ${Buffer.from('eva:grün:1').toString('base64')}`],
    [undefined, null],
  ])('logs in with %j', async (credential, authorization) => {
    const { api, requests } = clientOf([{}], credential === undefined ? {} : { credential });
    await api.get('/api/v1/session');
    await api.fetch('/share/NoMAD.pkg');
    expect(requests.map(({ headers }) => headers.get('authorization'))).toEqual([authorization, authorization]);
  });

  test('gives nothing for an answer without a body', async () => {
    const { api } = clientOf([new Response(null, { status: 204 })]);
    expect(await api.delete('/api/v1/tokens/{id}', { params: { path: { id: '0123456789abcdef' } } })).toBeUndefined();
  });

  test('goes through a list page after page, as its rows are taken', async () => {
    const { api, lines } = clientOf([
      { items: [1, 2], next: 'x y' },
      { items: [3], next: null },
    ]);
    const rows = api.list('/api/v1/packages', { params: { query: { q: 'No MAD', limit: 2 } } });
    expectTypeOf(rows).toExtend<AsyncIterable<ListItem<'/api/v1/packages'>>>();
    expect([await rows.next(), await rows.next()]).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
    ]);
    expect(lines()).toEqual(['GET /packages?q=No%20MAD&limit=2']);
    expect(await Array.fromAsync(rows)).toEqual([3]);
    expect(lines()[1]).toBe('GET /packages?q=No%20MAD&limit=2&after=x%20y');
  });

  test('follows no cursor that leads to itself', async () => {
    const { api, requests } = clientOf([{ items: [1], next: 'a' }]);
    expect(await failure(Array.fromAsync(api.list('/api/v1/conflicts')))).toMatchObject({
      message: 'the list /api/v1/conflicts does not go on after a',
    });
    expect(requests).toHaveLength(2);
  });
});

describe('a refusal', () => {
  test('is a problem with its code, trace and wrong parts', async () => {
    const document = {
      ...{ type: '/x', title: 'Wrong', status: 422, detail: 'stage is none', instance: '/api/v1/x', traceid: 'abc' },
      ...{ code: 'COMMON_REQUEST_INVALID', errors: [{ detail: 'is none', pointer: '/stage' }] },
    };
    const error = await failure(clientOf([problem(422, document)]).api.get('/api/v1/peers'));
    expect(error).toBeInstanceOf(ApiProblem);
    expect(error).toMatchObject({
      message: 'stage is none',
      status: 422,
      code: 'COMMON_REQUEST_INVALID',
      traceid: 'abc',
      document,
    });
    expect(error).toHaveProperty('errors', document.errors);
    expectTypeOf<'CATALOG_FILENAME_TAKEN'>().toExtend<ProblemCode>();
  });

  test.each([
    ['<html>', 502, 'the server answered with status 502'],
    ['null', 500, 'the server answered with status 500'],
    ['{', 500, 'the server answered with status 500'],
  ])('that says %s tells its status all the same', async (text, status, message) => {
    const answer = new Response(text, { status, headers: { 'content-type': 'application/problem+json' } });
    expect(await failure(clientOf([answer]).api.get('/api/v1/peers'))).toMatchObject({ message, status, code: undefined });
  });

  test('in plain text is told as it stands there', async () => {
    const answer = new Response('ok postgres\nfailed relay\n', { status: 503, headers: { 'content-type': 'text/plain' } });
    expect(await failure(clientOf([answer]).api.fetch('/readyz'))).toMatchObject({
      message: 'the server answered with status 503: ok postgres\nfailed relay',
    });
  });

  test('is what sends elsewhere: a POST would become a GET there', async () => {
    const answer = new Response(null, { status: 301, headers: { location: 'https://b.example/' } });
    const { api, requests } = clientOf([answer]);
    expect(await failure(api.post('/api/v1/settings/key/rotate'))).toMatchObject({
      message: 'the server sends elsewhere, to https://b.example/: name that URL instead',
    });
    expect(requests).toHaveLength(1);
  });
});

describe('a request is sent again', () => {
  test('when the server says when, a POST under the same key', async () => {
    const retries: ApiRetry[] = [];
    const { api, requests } = clientOf([busy('0'), problem(429, {}, { 'retry-after': '0' }), { key: 'k' }], {
      onRetry: (retry) => retries.push(retry),
    });
    expect(await api.post('/api/v1/settings/key/rotate')).toEqual({ key: 'k' });
    const keys = requests.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(keys).size).toBe(1);
    expect(retries.map(({ tries, problem: { status } }) => [tries, status])).toEqual([
      [1, 503],
      [2, 429],
    ]);
    await api.post('/api/v1/settings/key/rotate');
    expect(requests.at(-1)?.headers.get('idempotency-key')).not.toBe(keys[0]);
  });

  test('when the same request is under way still', async () => {
    const underWay = problem(409, { code: 'COMMON_IDEMPOTENCY_KEY_BUSY' }, { 'retry-after': '0' });
    const { api, requests } = clientOf([busy('0'), underWay, { key: 'k' }]);
    expect(await api.post('/api/v1/settings/key/rotate')).toEqual({ key: 'k' });
    expect(requests).toHaveLength(3);
  });

  test('with its body, and so often as it may', async () => {
    const { api, requests } = clientOf([busy('0')], { mostTries: 3 });
    const body = { reason: 'why' };
    const params = { path: { iss: 'a'.repeat(32) } };
    expect(await failure(api.post('/api/v1/servers/{iss}/retire', { params, body }))).toMatchObject({ status: 503 });
    expect(requests.map((request) => request.body)).toEqual(Array.from({ length: 3 }, () => '{"reason":"why"}'));
  });

  test.each([
    ['longer than one waits', busy('31')],
    ['no time', problem(503, {})],
    ['another refusal', problem(500, {}, { 'retry-after': '0' })],
  ])('not for %s', async (_what, answer) => {
    const { api, requests } = clientOf([answer]);
    expect(await failure(api.get('/api/v1/peers'))).toBeInstanceOf(ApiProblem);
    expect(requests).toHaveLength(1);
  });

  test('not once what began it is aborted', async () => {
    const { api, requests } = clientOf([busy('20')], { onRetry: () => ended.abort(new Error('enough')) });
    const ended = new AbortController();
    expect(await failure(api.get('/api/v1/peers', { signal: ended.signal }))).toMatchObject({ message: 'enough' });
    expect(requests).toHaveLength(1);
  });
});

describe('a server out of reach', () => {
  test('is named with the reason, and asked once', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    const { api, requests } = clientOf([new TypeError('fetch failed', { cause: refused })]);
    const error = await failure(api.post('/api/v1/settings/key/rotate'));
    expect(error).toBeInstanceOf(ApiUnreachable);
    expect(error).toMatchObject({
      message: `${baseUrl} cannot be reached: connect ECONNREFUSED 127.0.0.1:1`,
      code: 'ECONNREFUSED',
    });
    expect(requests).toHaveLength(1);
  });

  test.each([
    [{}, { timeoutMs: 5 }],
    [{ timeoutMs: 5 }, {}],
  ])('is not waited for longer than %j of the client and %j of the call', async (ofClient, ofCall) => {
    const fetch = (request: Request) =>
      new Promise<Response>((_resolve, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason), { once: true });
      });
    const api = createApiClient({ baseUrl, fetch, ...ofClient });
    expect(await failure(api.get('/api/v1/peers', ofCall))).toMatchObject({
      message: `${baseUrl} did not answer within 0.005 s`,
      code: 'TIMEOUT',
    });
  });

  test('has bytes and streams as long as they take, once it answers', async () => {
    const { promise: isLate, resolve: beLate } = Promise.withResolvers<void>();
    const fetch = async ({ signal }: Request) => {
      async function* slow(): AsyncGenerator<Uint8Array, void, void> {
        yield new TextEncoder().encode('a');
        await isLate;
        signal.throwIfAborted();
        yield new TextEncoder().encode('b');
      }
      return new Response(ReadableStream.from(slow()) as ReadableStream<Uint8Array>);
    };
    const answer = await createApiClient({ baseUrl, fetch, timeoutMs: 5 }).fetch('/share/NoMAD.pkg');
    AbortSignal.timeout(20).addEventListener('abort', () => beLate());
    expect(await answer.text()).toBe('ab');
  });

  test.each([
    ['something else than JSON', () => new Response('<html>Log in'), 'answers with something else than JSON'],
    [
      'an end too soon',
      () => new Response(ReadableStream.from(broken()), { headers: { 'content-length': '9' } }),
      'cannot be reached: terminated',
    ],
  ])('is one that answers with %s', async (_what, answer, reason) => {
    const api = createApiClient({ baseUrl, fetch: async () => answer() });
    expect(await failure(api.get('/api/v1/peers'))).toMatchObject({ message: `${baseUrl} ${reason}` });
  });
});

async function* broken(): AsyncGenerator<Uint8Array, void, void> {
  yield new TextEncoder().encode('{');
  throw new TypeError('terminated');
}

import { expect, test } from 'vitest';
import type {
  Begun,
  IdempotencyLimits,
  IdempotentRequest,
  IdempotentRequests,
  KeptAnswer,
} from '../../src/idempotency/idempotent-requests.ts';

const limits: IdempotencyLimits = {
  keptMs: 60_000,
  runningMs: 5_000,
  mostAnswerBytes: 20_000,
  mostOfCaller: 4,
  mostBytesOfCaller: 40_000,
};
const request: IdempotentRequest = { caller: 'account:admin', key: 'k', fingerprint: 'f' };
const answer: KeptAnswer = { status: 201, headers: { etag: '"7"' }, body: '{"token":"odst_ü"}' };
const at = (ms: number) => new Date(1_700_000_000_000 + ms);

function begunOf(begun: Begun) {
  if (begun.state !== 'begun') throw new Error(`it is ${begun.state}`);
  return begun;
}

/** What every keeper of answers does. @param open one with these limits, empty */
export function idempotentRequestsContract(open: (limits: IdempotencyLimits) => Promise<IdempotentRequests>): void {
  test('begins a request once, and gives its answer to each repetition, to nobody else and under no other key', async () => {
    const requests = await open(limits);
    const { claim } = begunOf(await requests.begin(request, at(0)));
    expect(await requests.begin(request, at(1))).toEqual({ state: 'running' });
    await requests.settle(request, claim, answer, at(2));
    expect(await requests.begin(request, at(3))).toEqual({ state: 'answered', answer });
    expect((await requests.begin({ ...request, caller: 'account:eva' }, at(3))).state).toBe('begun');
    expect((await requests.begin({ ...request, key: 'K' }, at(3))).state).toBe('begun');
  });

  test('of many that come at once begins one', async () => {
    const requests = await open(limits);
    const states = await Promise.all(Array.from({ length: 10 }, () => requests.begin(request, at(0))));
    expect(states.filter(({ state }) => state === 'begun')).toHaveLength(1);
    expect(states.filter(({ state }) => state === 'running')).toHaveLength(9);
  });

  test('tells another request under the same key, be the first one answered or not', async () => {
    const requests = await open(limits);
    const other = { ...request, fingerprint: 'g' };
    const { claim } = begunOf(await requests.begin(request, at(0)));
    expect(await requests.begin(other, at(1))).toEqual({ state: 'other' });
    await requests.settle(request, claim, answer, at(2));
    expect(await requests.begin(other, at(3))).toEqual({ state: 'other' });
  });

  test('lets a request without an answer run again under the same id, at once where it was given back, else when it was broken off', async () => {
    const requests = await open(limits);
    const first = begunOf(await requests.begin(request, at(0)));
    await requests.settle(request, first.claim, undefined, at(1));
    const second = begunOf(await requests.begin(request, at(2)));
    expect(second.requestId).toBe(first.requestId);
    expect(await requests.begin(request, at(5_001))).toEqual({ state: 'running' });
    const third = begunOf(await requests.begin(request, at(5_002)));
    expect(third.requestId).toBe(first.requestId);
    // The try that was taken over counts no more, however it ends.
    await requests.settle(request, second.claim, { ...answer, status: 409 }, at(5_003));
    await requests.settle(request, second.claim, undefined, at(5_003));
    expect(await requests.begin(request, at(5_004))).toEqual({ state: 'running' });
    await requests.settle(request, third.claim, answer, at(5_005));
    expect(await requests.begin(request, at(5_006))).toEqual({ state: 'answered', answer });
  });

  test('begins a new request under a key whose time is over', async () => {
    const requests = await open(limits);
    const first = begunOf(await requests.begin(request, at(0)));
    await requests.settle(request, first.claim, answer, at(1));
    expect((await requests.begin(request, at(59_999))).state).toBe('answered');
    const next = begunOf(await requests.begin({ ...request, fingerprint: 'g' }, at(60_000)));
    expect(next.requestId).not.toBe(first.requestId);
    expect(await requests.begin(request, at(60_001))).toEqual({ state: 'other' });
  });

  test('says of an answer that is too long to be kept that it is gone', async () => {
    const requests = await open(limits);
    const { claim } = begunOf(await requests.begin(request, at(0)));
    await requests.settle(request, claim, { ...answer, body: 'x'.repeat(20_001) }, at(1));
    expect(await requests.begin(request, at(2))).toEqual({ state: 'gone' });
  });

  test('keeps no more than its limits after a sweep, the latest of each caller', async () => {
    const requests = await open(limits);
    const take = async (key: string, ms: number, body: string) => {
      const one = { ...request, key };
      await requests.settle(one, begunOf(await requests.begin(one, at(ms))).claim, { ...answer, body }, at(ms));
    };
    const statesOf = async (keys: string, ms: number) => {
      const states = await Promise.all([...keys].map(async (key) => (await requests.begin({ ...request, key }, at(ms))).state));
      return states.map((state) => (state === 'answered' ? 1 : 0)).join('');
    };
    for (const [index, key] of [...'abcdef'].entries()) await take(key, index, 'x');
    await requests.begin({ ...request, caller: 'account:eva' }, at(0));
    await requests.sweep(at(10));
    expect(await statesOf('abcdef', 11)).toBe('001111');
    for (const [index, key] of [...'ghi'].entries()) await take(key, 20 + index, 'x'.repeat(19_000));
    await requests.sweep(at(30));
    expect(await statesOf('fghi', 31)).toBe('0011');
    expect(await requests.begin({ ...request, caller: 'account:eva' }, at(31))).toEqual({ state: 'running' });
    await requests.sweep(at(70_000));
    expect(await statesOf('hi', 59_000)).toBe('00');
  });
}

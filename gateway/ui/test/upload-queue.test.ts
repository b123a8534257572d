import { ApiProblem, ApiUnreachable } from '@odst/api-client';
import type { Timers } from '@odst/async';
import { expect, test } from 'vitest';
import type { SendListener } from '../src/features/uploads/tus-upload.ts';
import { kindOf, retryDelayMs, UploadStop } from '../src/features/uploads/upload-failure.ts';
import { shownOf, totalsOf, type UploadItem } from '../src/features/uploads/upload-item.ts';
import { createUploadQueue } from '../src/features/uploads/upload-queue.ts';

const fileOf = (name: string, text = name) => new File([text], name, { lastModified: 1 });
const chosen = (...names: string[]) => names.map((name) => ({ file: fileOf(name), stage: 'Dev' as const, replace: false }));
const problem = (status: number, code: string) => new ApiProblem(status, { code, detail: 'why' });
const nobody = () => new ApiUnreachable('nobody', undefined, undefined);

type Sent = { readonly item: UploadItem; readonly listener: SendListener; isStopped: boolean };

/** A queue whose sending and time a test plays. */
function played() {
  const sent: Sent[] = [];
  const waits: { readonly delayMs: number; call: () => void }[] = [];
  const clock = { nowMs: 0 };
  const forgotten: string[] = [];
  const world = { logins: 0, forget: undefined as unknown, asked: 0 };
  const timers: Timers = {
    after(delayMs, call) {
      const wait = { delayMs, call };
      waits.push(wait);
      return {
        [Symbol.dispose]() {
          wait.call = () => undefined;
        },
      };
    },
  };
  const queue = createUploadQueue({
    send(item, _file, listener) {
      const one = { item, listener, isStopped: false };
      sent.push(one);
      return {
        stop() {
          one.isStopped = true;
        },
      };
    },
    resultOf: async () => ({ outcome: 'created', packageId: 1, sha256: 'abc' }),
    async forget(id) {
      if (world.forget !== undefined) throw world.forget;
      forgotten.push(id);
    },
    check: async () => undefined,
    explain: async () => problem(410, 'STORAGE_UPLOAD_EXPIRED'),
    signedOut: () => {
      world.asked += 1;
    },
    loginCount: () => world.logins,
    timers,
    nowMs: () => clock.nowMs,
  });
  const last = (name: string): Sent => {
    const found = sent.findLast(({ item }) => item.filename === name);
    if (found === undefined) throw new Error(`${name} was not sent`);
    return found;
  };
  const stateOf = (name: string) => queue.list().find(({ filename }) => filename === name);
  const fire = () => {
    for (const { call } of waits.splice(0)) call();
  };
  return { queue, sent, waits, clock, forgotten, world, last, stateOf, fire };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('sends two at a time, in the order in which they were added, and has a tick only when the server said so', async () => {
  const { queue, sent, last, stateOf } = played();
  queue.add(chosen('a.pkg', 'b.pkg', 'c.pkg'));
  expect(sent.map(({ item }) => item.filename)).toEqual(['a.pkg', 'b.pkg']);
  last('a.pkg').listener.sent(5);
  expect(stateOf('a.pkg')?.state).toBe('verifying');
  expect(stateOf('c.pkg')?.state).toBe('queued');
  last('a.pkg').listener.done('id');
  await settled();
  expect(stateOf('a.pkg')).toMatchObject({ state: 'published', result: { packageId: 1, sha256: 'abc' } });
  expect(sent.map(({ item }) => item.filename)).toEqual(['a.pkg', 'b.pkg', 'c.pkg']);
});

test('is green as a whole only when the server published each, and amber while all of it waits', async () => {
  const { queue, last } = played();
  const tone = () => totalsOf(queue.list()).tone;
  queue.add(chosen('a.pkg'));
  last('a.pkg').listener.begun('id');
  last('a.pkg').listener.sent(5);
  expect(totalsOf(queue.list())).toMatchObject({ share: 1, tone: 'blue' });
  last('a.pkg').listener.failed(nobody());
  expect(tone()).toBe('amber');
  queue.online();
  last('a.pkg').listener.done('id');
  await settled();
  expect(tone()).toBe('green');
  queue.add(chosen('b.pkg'));
  last('b.pkg').listener.failed(problem(507, 'STORAGE_DISK_FULL'));
  expect(tone()).toBe('red');
});

test('adds no file twice that is on its way, and one that is over again', async () => {
  const { queue, last } = played();
  queue.add([...chosen('a.pkg'), ...chosen('a.pkg')]);
  queue.add(chosen('a.pkg'));
  expect(queue.list()).toHaveLength(1);
  last('a.pkg').listener.failed(problem(422, 'CATALOG_FILENAME_TAKEN'));
  queue.add(chosen('a.pkg'));
  expect(queue.list().map(({ state }) => state)).toEqual(['refused', 'sending']);
});

test('tries again for as long as nobody answers, later each time, and the files behind wait', () => {
  const { queue, sent, waits, last, stateOf, fire } = played();
  queue.add(chosen('a.pkg', 'b.pkg', 'c.pkg'));
  const delays: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    last('a.pkg').listener.failed(nobody());
    delays.push(waits[0]?.delayMs ?? 0);
    expect(stateOf('a.pkg')).toMatchObject({ state: 'retrying', tries: round + 1 });
    fire();
  }
  expect(delays).toEqual([1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  expect(sent.some(({ item }) => item.filename === 'c.pkg')).toBe(false);
});

test('tells no speed of a line on which nothing moves any more', () => {
  const { queue, waits, clock, last, stateOf, fire } = played();
  queue.add(chosen('a.pkg'));
  last('a.pkg').listener.sent(0);
  clock.nowMs = 1_000;
  last('a.pkg').listener.sent(2);
  expect(stateOf('a.pkg')).toMatchObject({ state: 'sending', bytesPerSecond: 2 });
  expect(waits.at(-1)?.delayMs).toBe(10_000);
  fire();
  expect(stateOf('a.pkg')).toMatchObject({ state: 'sending', bytesPerSecond: 0, sentBytes: 2 });
  expect(totalsOf(queue.list()).secondsLeft).toBeUndefined();
});

test('counts tries anew once something came through, and tries at once when the line is back', () => {
  const { queue, last, stateOf, fire } = played();
  queue.add(chosen('a.pkg'));
  last('a.pkg').listener.failed(nobody());
  fire();
  last('a.pkg').listener.failed(nobody());
  fire();
  last('a.pkg').listener.begun('id-1');
  last('a.pkg').listener.sent(2);
  last('a.pkg').listener.failed(nobody());
  expect(stateOf('a.pkg')?.tries).toBe(1);
  queue.online();
  expect(stateOf('a.pkg')?.state).toBe('sending');
  expect(last('a.pkg').item.id).toBe('id-1');
});

test('waits as long as a busy server asks', () => {
  const { queue, waits, last } = played();
  queue.add(chosen('a.pkg'));
  last('a.pkg').listener.failed(new ApiProblem(503, { code: 'STORAGE_UPLOADS_BUSY' }, 30));
  expect(waits[0]?.delayMs).toBe(30_000);
});

test('asks to sign in, and goes on then; a request from before that is refused after it asks nobody', () => {
  const { queue, world, last, stateOf } = played();
  queue.add(chosen('a.pkg', 'b.pkg'));
  last('a.pkg').listener.failed(problem(401, 'COMMON_LOGIN_REQUIRED'));
  expect(stateOf('a.pkg')?.state).toBe('signed-out');
  expect(world.asked).toBe(1);
  world.logins += 1;
  queue.signedIn();
  expect(stateOf('a.pkg')?.state).toBe('sending');
  last('b.pkg').listener.failed(problem(401, 'COMMON_LOGIN_REQUIRED'));
  expect(stateOf('b.pkg')?.state).toBe('sending');
  expect(world.asked).toBe(1);
});

test('tries no other file while somebody has to sign in', () => {
  const { queue, sent, world, last } = played();
  queue.add(chosen('a.pkg', 'b.pkg', 'c.pkg', 'd.pkg'));
  for (const name of ['a.pkg', 'b.pkg']) last(name).listener.failed(problem(401, 'COMMON_LOGIN_REQUIRED'));
  expect(sent).toHaveLength(2);
  world.logins += 1;
  queue.signedIn();
  expect(sent.slice(2).map(({ item }) => item.filename)).toEqual(['a.pkg', 'b.pkg']);
  expect(queue.list().map(({ state }) => state)).toEqual(['sending', 'sending', 'queued', 'queued']);
});

test('pauses, and what the ended try says afterwards changes nothing', () => {
  const { queue, last, stateOf } = played();
  queue.add(chosen('a.pkg'));
  const one = last('a.pkg');
  queue.pause(one.item.key);
  expect(one.isStopped).toBe(true);
  one.listener.sent(3);
  one.listener.failed(nobody());
  expect(stateOf('a.pkg')).toMatchObject({ state: 'paused', sentBytes: 0 });
  queue.resume(one.item.key);
  expect(stateOf('a.pkg')?.state).toBe('sending');
});

test('cancel has the server forget; where it cannot be told the file stays, and what is whole is published', async () => {
  const { queue, world, forgotten, last, stateOf } = played();
  queue.add(chosen('a.pkg', 'b.pkg', 'c.pkg'));
  last('a.pkg').listener.begun('id-a');
  await queue.cancel(last('a.pkg').item.key);
  expect(forgotten).toEqual(['id-a']);
  expect(stateOf('a.pkg')).toBeUndefined();
  last('b.pkg').listener.begun('id-b');
  world.forget = nobody();
  await queue.cancel(last('b.pkg').item.key);
  expect(stateOf('b.pkg')).toMatchObject({ state: 'paused', error: world.forget });
  world.forget = problem(422, 'STORAGE_UPLOAD_FINISHED');
  await queue.cancel(last('b.pkg').item.key);
  expect(stateOf('b.pkg')?.state).toBe('sending');
});

test('nothing is cancelled that is published already', async () => {
  const { queue, forgotten, last, stateOf } = played();
  queue.add(chosen('a.pkg'));
  last('a.pkg').listener.begun('id-a');
  last('a.pkg').listener.done('id-a');
  await settled();
  await queue.cancel(last('a.pkg').item.key);
  expect(forgotten).toEqual([]);
  expect(stateOf('a.pkg')?.state).toBe('published');
});

test('clear takes what is over and nothing else', () => {
  const { queue, last } = played();
  queue.add(chosen('a.pkg', 'b.pkg', 'c.pkg'));
  last('a.pkg').listener.failed(problem(413, 'STORAGE_UPLOAD_TOO_LARGE'));
  last('b.pkg').listener.failed(problem(507, 'STORAGE_DISK_FULL'));
  queue.clear();
  expect(queue.list().map(({ filename, state }) => [filename, state])).toEqual([
    ['b.pkg', 'stopped'],
    ['c.pkg', 'sending'],
  ]);
});

test('asks why where a refusal had no words', async () => {
  const { queue, last, stateOf } = played();
  queue.add(chosen('a.pkg'));
  last('a.pkg').listener.begun('id-a');
  last('a.pkg').listener.failed(new ApiProblem(410, {}));
  await settled();
  expect(stateOf('a.pkg')).toMatchObject({ state: 'refused', error: { code: 'STORAGE_UPLOAD_EXPIRED' } });
  queue.again(last('a.pkg').item.key);
  expect(last('a.pkg').item).toMatchObject({ id: undefined, sentBytes: 0 });
});

test('holds what would replace a content that nobody saw, until somebody says so', () => {
  const { queue, last, stateOf } = played();
  queue.add([{ ...chosen('a.pkg')[0], file: fileOf('a.pkg'), stage: 'Dev', replace: true, seenSha256: 'one' }]);
  last('a.pkg').listener.failed(new UploadStop('held', 'title', 'detail'));
  expect(stateOf('a.pkg')?.state).toBe('held');
  queue.replaceAlso(last('a.pkg').item.key, 'two');
  expect(last('a.pkg').item.seenSha256).toBe('two');
});

test.each([
  [nobody(), 'retrying'],
  [problem(409, 'STORAGE_UPLOAD_OFFSET_WRONG'), 'retrying'],
  [problem(460, 'STORAGE_UPLOAD_CHECKSUM_MISMATCH'), 'retrying'],
  [problem(503, 'COMMON_SERVICE_UNAVAILABLE'), 'retrying'],
  [problem(401, 'COMMON_LOGIN_REQUIRED'), 'signed-out'],
  [problem(403, 'COMMON_ACCESS_DENIED'), 'stopped'],
  [problem(507, 'STORAGE_DISK_FULL'), 'stopped'],
  [problem(413, 'STORAGE_UPLOAD_TOO_LARGE'), 'refused'],
  [problem(422, 'CATALOG_FILENAME_TAKEN'), 'refused'],
  [problem(410, 'STORAGE_UPLOAD_EXPIRED'), 'refused'],
] as const)('%s means %s', (error, kind) => {
  expect(kindOf(error)).toBe(kind);
});

test('never waits longer than a minute', () => {
  expect(retryDelayMs(1_000)).toBe(60_000);
});

test('of two hundred files shows what runs or needs somebody, some that wait, and the last that are done', () => {
  const { queue } = played();
  queue.add(chosen(...Array.from({ length: 200 }, (_, index) => `${index}.pkg`)));
  const items = queue.list().map((item, index) => ({
    ...item,
    state:
      index < 50
        ? ('published' as const)
        : index === 50
          ? ('refused' as const)
          : item.state === 'sending'
            ? 'queued'
            : item.state,
  }));
  const { rows, hidden } = shownOf(items);
  expect(rows.map(({ filename }) => filename)).toEqual(
    [50, 51, 52, 53, 54, 55, 56, 44, 45, 46, 47, 48, 49].map((index) => `${index}.pkg`),
  );
  expect(hidden).toBe(187);
  expect(totalsOf(items)).toMatchObject({ published: 50, needy: 1, bytesPerSecond: 0, secondsLeft: undefined });
});

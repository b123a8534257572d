import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nodeFiles } from '../src/node-files.ts';
import { nodeTerminal } from '../src/node-terminal.ts';
import { Fault, InputFault } from '../src/status.ts';

const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const ignore = () => undefined;
const never = new AbortController().signal;

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'odst-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

const bytesOf = (text: string) => new Response(text).body ?? new ReadableStream<Uint8Array>();

describe('a file that is fetched', () => {
  test('is put there once its digest is right', async () => {
    const path = await folder();
    await writeFile(join(path, 'x.pkg'), 'before');
    const seen: string[] = [];
    await nodeFiles.save(join(path, 'x.pkg'), bytesOf('abc'), ignore, (sha256) => seen.push(sha256) > 0, never);
    expect([seen, await readFile(join(path, 'x.pkg'), 'utf8'), await readdir(path)]).toEqual([[abc], 'abc', ['x.pkg']]);
  });

  test.each([
    ['is not what was said', bytesOf, 'nothing was kept'],
    ['ends too soon', () => ReadableStream.from(broken()) as ReadableStream<Uint8Array>, 'was not written: cut'],
  ])('leaves what was there, and no part of it, when it %s', async (_what, bytes, message) => {
    const path = await folder();
    await writeFile(join(path, 'x.pkg'), 'before');
    await expect(nodeFiles.save(join(path, 'x.pkg'), bytes('abc'), ignore, () => false, never)).rejects.toThrow(message);
    expect([await readFile(join(path, 'x.pkg'), 'utf8'), await readdir(path)]).toEqual(['before', ['x.pkg']]);
  });
});

test('a file that is fetched leaves nothing when a person interrupts it', async () => {
  const path = await folder();
  const ended = new AbortController();
  const { promise, resolve } = Promise.withResolvers<never>();
  async function* endless(): AsyncGenerator<Uint8Array, void, void> {
    yield new TextEncoder().encode('ab');
    await promise;
  }
  const bytes = ReadableStream.from(endless()) as ReadableStream<Uint8Array>;
  const end = () => ended.abort(new Fault('interrupted', 'interrupted'));
  const saving = nodeFiles.save(join(path, 'x.pkg'), bytes, end, () => true, ended.signal);
  await expect(saving).rejects.toThrow(new Fault('interrupted', 'interrupted'));
  expect(await readdir(path)).toEqual([]);
  resolve(undefined as never);
});

describe('a file that is sent', () => {
  test('has its name in the form of Unicode that servers keep, its size and its digest', async () => {
    const path = join(await folder(), 'Bu\u0308ro.pkg');
    await writeFile(path, 'abc');
    const file = await nodeFiles.describe(path);
    expect(file).toEqual({ path, name: 'B\u00fcro.pkg', sizeBytes: 3 });
    const told: number[] = [];
    expect(await nodeFiles.sha256(file, (bytes) => told.push(bytes), new AbortController().signal)).toBe(abc);
    expect(told).toEqual([3]);
    await expect(nodeFiles.sha256(file, ignore, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  test.each([
    ['is not there', 'none.pkg', 'there is no file'],
    ['is a folder', '.', 'is no file'],
  ])('is refused when it %s', async (_what, name, message) => {
    await expect(nodeFiles.describe(join(await folder(), name))).rejects.toThrow(message);
  });
});

describe('a file of the person', () => {
  const { read, write } = nodeTerminal.ownFiles;

  test('is whole, and nobody else can read it', async () => {
    const path = join(await folder(), 'odst', 'tokens');
    for (const text of ['one', 'two']) await write(path, text);
    expect(await read(path)).toEqual({ text: 'two', mode: 0o100600 });
    expect([(await stat(join(path, '..'))).mode & 0o777, await readdir(join(path, '..'))]).toEqual([0o700, ['tokens']]);
  });

  test('is told not to be writable where its folder is none, and not to be there', async () => {
    const path = '/dev/null/odst/tokens';
    const failure = await write(path, 'x').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputFault);
    expect(failure).toHaveProperty('message', `${path} cannot be written (ENOTDIR)`);
    expect(await read(path)).toBeUndefined();
  });
});

async function* broken(): AsyncGenerator<Uint8Array, void, void> {
  yield new TextEncoder().encode('ab');
  throw new Error('cut');
}

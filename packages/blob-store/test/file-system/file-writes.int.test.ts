import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { commandExists, requirement, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { openDirectWrites } from '../../src/file-system/file-writes.ts';
import { pageAlignedMemory } from '../../src/index.ts';

const run = promisify(execFile);
const mebibyte = 1_048_576;

/** Bytes of a file that the system has in memory. */
async function cachedBytes(path: string): Promise<number> {
  const { stdout } = await run('fincore', ['--bytes', '--noheadings', '--output', 'RES', path]);
  return Number(stdout);
}

test.skipIf(!(await requirement('fincore', () => commandExists('fincore'))))(
  'whole blocks in aligned memory leave nothing in the page cache, other bytes do',
  async () => {
    await using folder = await temporaryDirectory();
    const path = join(folder.path, 'file');
    await using handle = await open(path, constants.O_RDWR | constants.O_CREAT);
    await using writes = await openDirectWrites(path, handle);
    const bytes = new Uint8Array(pageAlignedMemory(4 * mebibyte)).fill(7);
    await writes?.write(bytes, 0);
    expect(await cachedBytes(path)).toBe(0);
    await writes?.write(bytes.subarray(0, mebibyte + 1), 4 * mebibyte);
    expect(await cachedBytes(path)).toBe(4_096);
    expect((await handle.stat()).size).toBe(5 * mebibyte + 1);
    // Memory that begins elsewhere: refused by the system, written as usual, and not tried again.
    await writes?.write(bytes.subarray(1, mebibyte + 1), 0);
    await writes?.write(bytes.subarray(0, mebibyte), mebibyte);
    expect(await cachedBytes(path)).toBe(2 * mebibyte + 4_096);
  },
);

import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

/** What a browser without a cache is sent before it shows Packages. */
const mostBytes = 250_000;

/** A file that Vite wrote, and those that are loaded with it. */
type Chunk = { readonly file: string; readonly imports?: readonly string[]; readonly css?: readonly string[] };

const dist = new URL('../dist/', import.meta.url);

test('the first page weighs 250,000 bytes at most, compressed', async () => {
  const chunks = JSON.parse(await readFile(new URL('.vite/manifest.json', dist), 'utf8')) as Readonly<Record<string, Chunk>>;
  const files = new Set<string>();
  const add = (name: string) => {
    const chunk = chunks[name];
    if (chunk === undefined) throw new Error(`nothing was built from ${name}`);
    if (files.has(chunk.file)) return;
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    for (const other of chunk.imports ?? []) add(other);
  };
  add('index.html');
  add('src/features/packages/packages-page.tsx');
  const weighed = await Promise.all(
    [...files].map(async (file) => [file, gzipSync(await readFile(new URL(file, dist)), { level: 9 }).length] as const),
  );
  const heaviest = weighed.toSorted(([, one], [, other]) => other - one).slice(0, 10);
  const bytes = weighed.reduce((sum, [, size]) => sum + size, 0);
  // What is seldom used is loaded when it is shown: see `components/late.tsx`.
  expect(bytes, heaviest.map(([file, size]) => `${size} ${file}`).join('\n')).toBeLessThanOrEqual(mostBytes);
});

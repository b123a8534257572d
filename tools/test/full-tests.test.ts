import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const textOf = (path: string) => readFileSync(`${root}${path}`, 'utf8');

test('pnpm test:full sets every size that tests read, runs the same tests, and is documented with the sizes', () => {
  const tests = globSync('{packages,services,gateway,standalone,cli,tests}/**/*.test.ts', {
    cwd: root,
    exclude: (path) => path.endsWith('node_modules'),
  });
  const read = tests.flatMap((path) => [...textOf(path).matchAll(/process\.env\['(ODST_TEST_\w+)'\] \?\? \d/g)]);
  const names = new Set(read.map(([, name]) => name));
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const words = (scripts['test:full'] ?? '').split(' ');
  const sizes = words.slice(0, -2).map((word) => word.split('='));
  expect(words.slice(-2)).toEqual(['pnpm', 'test']);
  expect(sizes.map(([name]) => name).toSorted()).toEqual([...names].toSorted());
  const guide = textOf('CONTRIBUTING.md');
  for (const [name, size] of sizes) expect(guide).toMatch(new RegExp(`\\| \`${name}\` \\| \\d+ \\| ${size} \\|`));
});

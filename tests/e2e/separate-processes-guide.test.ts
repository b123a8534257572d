import { access, readFile } from 'node:fs/promises';
import { settingNames } from '@odst/backbone';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');

const guide = await read('docs/guides/separate-processes.md');
const template = await read('deploy/nginx/odst.conf.template');
const filledIn = new Set([...template.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name));

test('the guide names settings that there are, and those of the template', () => {
  const named = [...guide.matchAll(/\b[A-Z]+_[A-Z_]+\b/g)].map(([name]) => name);
  expect(named.filter((name) => !settingNames.includes(name) && !filledIn.has(name))).toEqual([]);
  for (const name of filledIn) expect(guide).toContain(`$${name}`);
});

test('the guide starts programs that there are', async () => {
  const mains = [...guide.matchAll(/\S+\/src\/main\.js/g)].map(([path]) => path);
  expect(mains).toHaveLength(5);
  for (const path of mains) await access(new URL(path, root));
});

import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Pages that explain the code: the READMEs of packages and programs, and the explanations. */
const readmes = globSync(['{packages,packages/*,services}/*/README.md', '{gateway,standalone,cli,tools,tests}/README.md']).filter(
  (page) => !page.includes('node_modules'),
);
const pages = [...readmes, ...globSync('docs/explanation/*.md')];

const folders = globSync(['{packages,packages/*,services}/*/package.json', '{gateway,standalone,cli,tests}/package.json'])
  .filter((file) => !file.includes('node_modules'))
  .map((file) => dirname(file));

const codeOf = (text: string) =>
  [...text.replace(/^```.*?^```|\[[^\]]*\]\([^)]*\)/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

/** Files and folders that a page names in code. Placeholders, patterns, and rooms that many packages have (`domain/`) are none. */
const filesOf = (text: string) =>
  codeOf(text).filter(
    (code) =>
      !/^\w+\/$/.test(code) && /^[\w@.-]+(\/[\w.-]+)*(\/|[.](ts|js|md|sql|proto|json|yaml))$/.test(code) && !code.startsWith('@'),
  );

const linksOf = (text: string) =>
  [...text.matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)].map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target));

/** Beside the page, in its `src` or from the root; a bare name anywhere below the page. */
const isThere = (page: string, file: string) =>
  (!file.includes('/') && globSync(`${dirname(page)}/src/**/${file}`).length > 0) ||
  [dirname(page), join(dirname(page), 'src'), '.'].some((base) => existsSync(join(base, file)));

describe('the pages that explain the code', () => {
  it.each(pages)('%s names only files that are there', (page) => {
    const text = readFileSync(page, 'utf8');
    expect(filesOf(text).filter((file) => !isThere(page, file))).toEqual([]);
    expect(linksOf(text).filter((target) => !existsSync(join(dirname(page), target)))).toEqual([]);
  });

  it('are there for each package and program', () => {
    expect(folders.length).toBeGreaterThan(20);
    expect([...folders, 'tools'].filter((folder) => !existsSync(join(folder, 'README.md')))).toEqual([]);
  });

  it.each(readmes.filter((page) => page.startsWith('packages/')))('%s names only exports that there are', (page) => {
    const folder = dirname(page);
    const source = globSync(`${folder}/{src,test/stand-in}/**/*.{ts,js}`)
      .filter((file) => statSync(file).isFile() && !file.includes('/gen/'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const tables = readFileSync(page, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const names = tables
      .flatMap((row) => codeOf(row.split('|')[1] ?? ''))
      .flatMap((code) => /^([A-Za-z]\w+)(\(.*)?$/.exec(code)?.[1] ?? []);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(source))).toEqual([]);
  });

  it('finds a file that is not there, and leaves patterns alone', () => {
    const text = 'See `src/gone.ts`, `src/routes/`, `<service>.ts`, `*.test.ts`, [here](gone.md) and `odst.catalog.v1`.';
    expect(filesOf(text)).toEqual(['src/gone.ts', 'src/routes/']);
    expect(linksOf(text)).toEqual(['gone.md']);
  });
});

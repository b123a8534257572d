import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { operations } from '../../packages/api/src/index.ts';
import { settingNames } from '../../packages/backbone/src/index.ts';
import { errorRegister, errorRow, isErrorCode } from '../../packages/kernel/src/index.ts';
import { type MetricName, metricRegister } from '../../packages/telemetry/src/index.ts';
import { errorsDocFile } from '../errors-doc.ts';
import { metricsDocFile } from '../metrics-doc.ts';
import { referencePages } from '../reference-pages.ts';
import { settingsDocFile } from '../settings-doc.ts';

const errorsPage = readFileSync(errorsDocFile, 'utf8');
const documentedErrors = errorsPage
  .matchAll(/^### `([A-Z_]+)`$/gm)
  .map(([, code]) => code ?? '')
  .toArray();
const settingsPage = readFileSync(settingsDocFile, 'utf8');
const documentedSettings = settingsPage
  .matchAll(/^\| `([A-Z_]+)` \|/gm)
  .map(([, name]) => name ?? '')
  .toArray();

it.each(referencePages)('$file is what the generator writes', async ({ file, render }) => {
  expect(readFileSync(file, 'utf8')).toBe(await render());
});

describe('the page of errors', () => {
  it('has every code of the register once, and no other', () => {
    expect(documentedErrors.toSorted()).toEqual(Object.keys(errorRegister).toSorted());
  });

  it.each(documentedErrors.filter(isErrorCode))('says of %s what the register says', (code) => {
    const { http, grpc, retryable, title, description } = errorRow(code);
    const section = errorsPage.slice(errorsPage.indexOf(`### \`${code}\``)).split('\n### ')[0];
    expect(section).toContain(`${title}. HTTP ${http}, gRPC \`${grpc}\`, ${retryable ? 'retryable' : 'not retryable'}.`);
    expect(section).toContain(description);
  });
});

describe('the page of the HTTP API, which is written by hand', () => {
  const page = readFileSync('docs/reference/api.md', 'utf8');
  const pathOf = (url: string) =>
    url
      .replaceAll(/:(\w+)/g, '{$1}')
      .replace('*', '{filename}')
      .replace('{reference}', '{id or filename}');
  /** Else it is answered as GET is, and no route of its own. */
  const declaresHead = (path: string) => operations.some(({ method, url }) => method === 'HEAD' && pathOf(url) === path);
  // `GET`, `HEAD /share/{filename}`, `/Packages/{filename}`: what names no method of its own has that of the one before.
  const cells = page.matchAll(/^\| (`(?:GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE)\b[^|]*?) \|/gm).map(([, cell]) => cell ?? '');
  const named = cells.flatMap((cell) => {
    const [method = ''] = /[A-Z]+/.exec(cell) ?? [];
    return [...cell.matchAll(/(?:`([A-Z]+) )?(\/[^`?]+)/g)].map(([, own, path]) =>
      own === 'HEAD' && !declaresHead(path ?? '') ? `GET ${path}` : `${own ?? method} ${path}`,
    );
  });

  it('has every route once, but those that servers ask each other with, and no other', () => {
    const forPeople = operations.filter(({ tag }) => tag !== 'Federation');
    expect([...named].toSorted()).toEqual(forPeople.map(({ method, url }) => `${method} ${pathOf(url)}`).toSorted());
  });
});

describe('the page of settings', () => {
  it('has every setting of the server once, and no other', () => {
    expect(documentedSettings.toSorted()).toEqual([...settingNames].toSorted());
  });
});

describe('the page of metrics', () => {
  const page = readFileSync(metricsDocFile, 'utf8');

  it('has every metric of the register once, and no other', () => {
    const documented = [...page.matchAll(/^\| `(odst_\w+)` \|/gm)].map(([, name]) => name);
    expect(documented).toEqual(Object.keys(metricRegister));
  });

  it.each(Object.entries(metricRegister))('says of %s what the register says', (name, { type, labels, help }) => {
    const line = page.split('\n').find((one) => one.startsWith(`| \`${name}\` |`));
    expect(line).toContain(`| ${type} |`);
    expect(line).toContain(help);
    for (const label of labels) expect(line).toContain(`\`${label}\``);
  });

  it('is where the sample alerts have their metrics and labels from', () => {
    const guide = readFileSync('docs/guides/dead-letters.md', 'utf8');
    // One line, or folded over several until the next key.
    const rules = [...guide.matchAll(/expr: (?:>-\s+)?(.*?)\n\s+\w+:/gs)].map(([, expression]) => expression ?? '');
    expect(rules.length).toBeGreaterThan(0);
    for (const rule of rules) {
      const name = Object.keys(metricRegister).find((one) => rule.includes(one)) as MetricName | undefined;
      expect(name, rule).toBeDefined();
      const labels = /by \(([^)]*)\)/.exec(rule)?.[1]?.split(', ') ?? [];
      const known: readonly string[] = name === undefined ? [] : metricRegister[name].labels;
      // Prometheus itself adds the job.
      expect(
        labels.filter((label) => label !== 'job' && !known.includes(label)),
        rule,
      ).toEqual([]);
    }
  });
});

import { readFileSync } from 'node:fs';
import { type Check, inScope } from './check.ts';
import { sourceFiles } from './source-files.ts';

/** A file with more lines than this holds more than one concept. */
const mostLines = 400;

const lineCount = (file: string) => readFileSync(file, 'utf8').split('\n').length - 1;
const percentile = (sorted: readonly number[], share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;

/** No source file of more than 400 lines. */
export const fileSizes: Check = {
  name: 'file-sizes',
  async run(scope) {
    const files = (await sourceFiles()).filter((file) => /[.](ts|tsx|mts|cts|js|mjs|cjs|css|sql|proto|sh)$/.test(file));
    const sizes = files.map((file) => ({ file, lines: lineCount(file) }));
    const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b);
    const problems = sizes
      .filter(({ file, lines }) => lines > mostLines && inScope(scope, file))
      .map(({ file, lines }) => `${file}: ${lines} lines; at most ${mostLines}`);
    return { problems, seen: `${files.length} files, median ${percentile(sorted, 0.5)} lines, p90 ${percentile(sorted, 0.9)}` };
  },
};

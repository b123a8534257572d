import { humanSize, printable } from '@odst/kernel';
import { SingleBar } from 'cli-progress';
import type { Progress } from './files.ts';

/** Rates are those of the last so many milliseconds. */
const windowMs = 10_000;

/** Where nobody watches, a line after so many. */
const lineEveryMs = 30_000;

/**
 * A bar on a terminal; else a line now and then.
 * @param totalBytes of all; 0 where that is not known
 * @param now milliseconds that only go forward
 */
export function startProgress(
  label: string,
  totalBytes: number,
  stream: NodeJS.WriteStream,
  now = () => performance.now(),
): Progress {
  const name = printable(label);
  const rate = createRate(now);
  const told = (doneBytes: number) => {
    const { bytesPerSecond } = rate;
    const leftS = bytesPerSecond > 0 ? Math.ceil((totalBytes - doneBytes) / bytesPerSecond) : undefined;
    const speed = bytesPerSecond > 0 ? `  ${humanSize(bytesPerSecond)}/s` : '';
    return `${humanSize(doneBytes)} of ${humanSize(totalBytes)}${speed}${leftS === undefined ? '' : `  ${clockOf(leftS)} left`}`;
  };
  if (!stream.isTTY) {
    let toldAtMs = now();
    return {
      update(doneBytes) {
        rate.add(doneBytes);
        if (now() - toldAtMs < lineEveryMs) return;
        toldAtMs = now();
        stream.write(`${name}: ${told(doneBytes)}\n`);
      },
      [Symbol.dispose]: () => undefined,
    };
  }
  const bar = new SingleBar({
    ...{ stream, format: '{name}  {bar}  {percentage} %  {told}', barCompleteChar: '█', barIncompleteChar: '░', barsize: 24 },
    ...{ hideCursor: true, clearOnComplete: true, etaBuffer: 1, fps: 5, gracefulExit: false },
  });
  bar.start(Math.max(totalBytes, 1), 0, { name, told: told(0) });
  return {
    update(doneBytes) {
      rate.add(doneBytes);
      bar.update(doneBytes, { told: told(doneBytes) });
    },
    [Symbol.dispose]: () => bar.stop(),
  };
}

/** How fast bytes came lately. */
function createRate(now: () => number) {
  const seen: { readonly atMs: number; readonly bytes: number }[] = [];
  return {
    add(bytes: number): void {
      const atMs = now();
      const last = seen.at(-1);
      // A thousand pieces a second need no thousand samples.
      if (last === undefined || atMs - last.atMs >= 200) seen.push({ atMs, bytes });
      while ((seen[0]?.atMs ?? atMs) < atMs - windowMs) seen.shift();
    },
    get bytesPerSecond(): number {
      const [first, last] = [seen[0], seen.at(-1)];
      if (first === undefined || last === undefined || last.atMs === first.atMs) return 0;
      return Math.max(0, Math.round(((last.bytes - first.bytes) * 1_000) / (last.atMs - first.atMs)));
    },
  };
}

function clockOf(seconds: number): string {
  const two = (value: number) => `${Math.floor(value)}`.padStart(2, '0');
  const hours = seconds >= 3_600 ? `${Math.floor(seconds / 3_600)}:` : '';
  return `${hours}${hours === '' ? Math.floor(seconds / 60) : two((seconds % 3_600) / 60)}:${two(seconds % 60)}`;
}

// A standalone server that ends itself by SIGKILL at a named fault point: ODST_TEST_CRASH_AT=<name>[#<nth time>]. Its clock may be
// wrong: ODST_TEST_CLOCK_OFFSET_MS. For tests only: nothing of the product reads these variables.
import { writeSync } from 'node:fs';
import { runStandalone } from '@odst/standalone';

const [point, nth = '1'] = (process.env['ODST_TEST_CRASH_AT'] ?? '').split('#');
let left = Number(nth);

const faultPoint = async (name: string): Promise<void> => {
  if (name !== point) return;
  left -= 1;
  if (left > 0) return;
  writeSync(2, `crashing at ${name}\n`);
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => undefined);
};

const offsetMs = Number(process.env['ODST_TEST_CLOCK_OFFSET_MS'] ?? '0');
const clock = { now: () => new Date(Date.now() + offsetMs) };

await runStandalone({ faultPoint, clock });

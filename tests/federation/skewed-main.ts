// A standalone server whose clock is wrong: ODST_TEST_CLOCK_OFFSET_MS. For tests only: nothing of the product reads this variable.
import { runStandalone } from '@odst/standalone';

const offsetMs = Number(process.env['ODST_TEST_CLOCK_OFFSET_MS']);
const clock = { now: () => new Date(Date.now() + offsetMs) };

await runStandalone({ clock });

// A standalone server whose clock is wrong: ODST_TEST_CLOCK_OFFSET_MS. For tests only: nothing of the product reads this variable.
import { runServer } from '@odst/service-host';
import { startStandalone } from '@odst/standalone';

const offsetMs = Number(process.env['ODST_TEST_CLOCK_OFFSET_MS']);
const clock = { now: () => new Date(Date.now() + offsetMs) };

await runServer({ name: 'odst', logTo: 'stderr', start: (context) => startStandalone(context, { clock }) });

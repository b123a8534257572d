import { startServiceProcess } from '@odst/backbone';
import { requireNode24, runServer } from '@odst/service-host';
import { syncProgram } from './program.ts';

requireNode24();
await runServer({ name: 'sync', start: startServiceProcess(syncProgram) });

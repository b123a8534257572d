import { startServiceProcess } from '@odst/backbone';
import { requireNode24, runServer } from '@odst/service-host';
import { storageProgram } from './program.ts';

requireNode24();
await runServer({ name: 'storage', start: startServiceProcess(storageProgram) });

import { startServiceProcess } from '@odst/backbone';
import { requireNode24, runServer } from '@odst/service-host';
import { registrationProgram } from './program.ts';

requireNode24();
await runServer({ name: 'registration', start: startServiceProcess(registrationProgram) });

import { startServiceProcess } from '@odst/backbone';
import { requireNode24, runServer } from '@odst/service-host';
import { gatewayProgram } from './program.ts';

requireNode24();
await runServer({ name: 'gateway', start: startServiceProcess(gatewayProgram) });

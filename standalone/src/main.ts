import { requireNode24, runServer } from '@odst/service-host';
import { startStandalone } from './start-standalone.ts';

requireNode24();
await runServer({ name: 'odst', logTo: 'stderr', start: startStandalone });

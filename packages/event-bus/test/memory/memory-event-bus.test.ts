import { eventBusContract } from '../../src/contract/index.ts';
import { createMemoryEventBus } from '../../src/index.ts';

eventBusContract('memory', async () => ({ bus: createMemoryEventBus(), dispose: async () => undefined }));

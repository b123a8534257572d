import { progressStoreContract } from '../../src/contract/index.ts';
import { createMemoryProgressStore } from '../../src/index.ts';

progressStoreContract('memory', async () => ({ store: createMemoryProgressStore(), dispose: async () => undefined }));

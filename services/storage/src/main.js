import '@odst/require-node24';

const { runService } = await import('@odst/backbone');
const { storageDefinition } = await import('./definition.ts');
await runService(storageDefinition);

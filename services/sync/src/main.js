import '@odst/require-node24';

const { runService } = await import('@odst/backbone');
const { syncDefinition } = await import('./definition.ts');
await runService(syncDefinition);

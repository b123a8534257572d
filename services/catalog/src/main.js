import '@odst/require-node24';

const { runService } = await import('@odst/backbone');
const { catalogDefinition } = await import('./definition.ts');
await runService(catalogDefinition);

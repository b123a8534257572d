import '@odst/require-node24';

const { runService } = await import('@odst/backbone');
const { gatewayDefinition } = await import('./definition.ts');
await runService(gatewayDefinition);

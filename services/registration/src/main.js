import '@odst/require-node24';

const { runService } = await import('@odst/backbone');
const { registrationDefinition } = await import('./definition.ts');
await runService(registrationDefinition);

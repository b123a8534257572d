import '@odst/require-node24';

const { startServiceProcess } = await import('@odst/backbone');
const { runServer } = await import('@odst/service-host');
const { gatewayProgram } = await import('./program.ts');
await runServer({ name: 'gateway', start: startServiceProcess(gatewayProgram) });

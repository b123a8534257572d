import '@odst/require-node24';

const { startServiceProcess } = await import('@odst/backbone');
const { runServer } = await import('@odst/service-host');
const { storageProgram } = await import('./program.ts');
await runServer({ name: 'storage', start: startServiceProcess(storageProgram) });

import '@odst/require-node24';

const { startServiceProcess } = await import('@odst/backbone');
const { runServer } = await import('@odst/service-host');
const { catalogProgram } = await import('./program.ts');
await runServer({ name: 'catalog', start: startServiceProcess(catalogProgram) });

import '@odst/require-node24';

const { startServiceProcess } = await import('@odst/backbone');
const { runServer } = await import('@odst/service-host');
const { registrationProgram } = await import('./program.ts');
await runServer({ name: 'registration', start: startServiceProcess(registrationProgram) });

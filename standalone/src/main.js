import '@odst/require-node24';

const { runServer } = await import('@odst/service-host');
const { startStandalone } = await import('./start-standalone.ts');
await runServer({ name: 'odst', logTo: 'stderr', start: startStandalone });

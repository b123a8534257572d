import '@odst/require-node24';

const { runStandalone } = await import('./start-standalone.ts');
await runStandalone();

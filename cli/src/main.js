import '@odst/require-node24';

const { run } = await import('./run.ts');
const { nodeTerminal } = await import('./node-terminal.ts');
process.exitCode = await run(process.argv.slice(2), nodeTerminal);

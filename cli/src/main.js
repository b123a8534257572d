import '@odst/require-node24';

const { run } = await import('./run.ts');
const { nodeTerminal } = await import('./node-terminal.ts');
// Who reads no further, as head, has what it wanted.
process.stdout.on('error', (error) => {
  if (!('code' in error) || error.code !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await run(process.argv.slice(2), nodeTerminal);

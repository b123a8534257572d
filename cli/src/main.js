import '@odst/require-node24';

const { run } = await import('./run.ts');
const { nodeTerminal } = await import('./node-terminal.ts');
const { statuses } = await import('./status.ts');
// Who reads no further, as head, has what it wanted; whether all was done that was asked for, nobody may believe then.
process.stdout.on('error', (error) => {
  if (!('code' in error) || error.code !== 'EPIPE') throw error;
  process.exit(statuses.unread.code);
});
// What is said beside the answer may go unread.
process.stderr.on('error', (error) => {
  if (!('code' in error) || error.code !== 'EPIPE') throw error;
});
process.exitCode = await run(process.argv.slice(2), nodeTerminal);

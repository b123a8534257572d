import '@odst/require-node24';

const { setTimeout: delay } = await import('node:timers/promises');
const { run } = await import('./run.ts');
process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  fetch,
  wait: (ms) => delay(ms),
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
});

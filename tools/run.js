// Runs a tool of the workspace: `node tools/run.js check types lint` runs tools/check.ts. JavaScript, so that an older Node gets as far
// as the line that says what to do.
import '@odst/require-node24';

const [tool] = process.argv.splice(2, 1);
await import(`./${tool}.ts`);

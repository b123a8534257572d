import { watchAnswers } from './answers.ts';

// Imported ahead of a server that a test starts as a process of its own (`--import`); who stops it looks for these lines.
watchAnswers((problem) => process.stderr.write(`ANSWER BREAKS ITS SCHEMA: ${problem}\n`));

import { afterAll, afterEach } from 'vitest';
import { checkAnswers, keepAnswers } from './answers.ts';

// Vitest's set-up of every test file: each answer of an application that a test makes is held to the schema of its route.
keepAnswers();
afterEach(checkAnswers);
afterAll(checkAnswers);

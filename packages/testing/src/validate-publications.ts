import { afterAll, afterEach } from 'vitest';
import { checkPublications, keepPublications } from './published-events.ts';

// Vitest's set-up of every test file: each event that a test publishes is held to the document that integrators build on.
keepPublications();
afterEach(checkPublications);
afterAll(checkPublications);

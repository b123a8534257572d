import fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, test } from 'vitest';
import { checkAnswers } from '../src/answers.ts';

const note = {
  type: 'object',
  required: ['id'],
  properties: {
    id: { type: 'integer' },
    at: { type: 'string', format: 'date-time' },
    by: { anyOf: [{ type: 'object', properties: { name: { type: 'string' } } }, { type: 'null' }] },
  },
};

type AnswerOptions = { status?: number; type?: string; app?: FastifyInstance };

/** Answers a request of a route that declares notes for 200, and nothing for 204. */
async function answerWith(
  payload: unknown,
  { status = 200, type = 'application/json', app = unfiltered() }: AnswerOptions = {},
): Promise<void> {
  const schema = { response: { 200: note, 204: { type: 'null' } } };
  app.get('/notes', { schema }, async (_request, reply) =>
    reply
      .code(status as 200)
      .type(type)
      .send(payload),
  );
  await app.inject('/notes');
  await app.close();
}

function unfiltered(): FastifyInstance {
  const app = fastify();
  app.setSerializerCompiler(() => JSON.stringify);
  return app;
}

// What the set-up of every test file does after each test; it has begun to listen before this file.
describe('the check after each test', () => {
  test.each([
    ['a note', { id: 1, at: new Date(0), by: { name: 'Eva' } }],
    ['a field that is left out', { id: 1, at: undefined, by: null }],
  ])('lets %s pass', async (_what, payload) => {
    await answerWith(payload);
    expect(checkAnswers).not.toThrow();
  });

  test.each([
    ['a field too much', { id: 1, password: 'x' }, 'must NOT have additional properties'],
    ['a field too much further in', { id: 1, by: { name: 'Eva', password: 'x' } }, 'must NOT have additional properties'],
    ['a field too few', {}, "must have required property 'id'"],
    ['a field of another type', { id: '1' }, 'data/id must be integer'],
    ['a time that is none', { id: 1, at: 'today' }, 'must match format "date-time"'],
  ])('fails a test whose handler gives %s, and only that one', async (_what, payload, text) => {
    await answerWith(payload);
    expect(checkAnswers).toThrow(text);
    expect(checkAnswers).not.toThrow();
  });

  test('fails a test whose serializer drops or bends a field', async () => {
    await answerWith({ id: 1.5, color: 'red' }, { app: fastify() });
    expect(checkAnswers).toThrow('the serializer wrote {"id":1} for {"id":1.5,"color":"red"}');
  });

  test.each([
    ['status', { status: 202 }, 'GET /notes, 202: the route declares no such status'],
    ['content type', { type: 'text/csv' }, 'GET /notes, 200: the route declares no text/csv'],
  ])('fails a test whose answer has a %s that the route does not declare', async (_what, answer, text) => {
    await answerWith('1', answer);
    expect(checkAnswers).toThrow(text);
  });

  test('leaves routes without a schema alone', async () => {
    const app = unfiltered();
    app.get('/', async () => ({ anything: true }));
    await app.inject('/');
    expect(checkAnswers).not.toThrow();
  });
});

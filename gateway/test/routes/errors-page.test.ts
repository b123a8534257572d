import { errorRegister, errorRow, isErrorCode, OdstError } from '@odst/kernel';
import { expect, test } from 'vitest';
import { testApp } from '../test-app.ts';

const refused = async (): Promise<never> => {
  throw new OdstError('COMMON_LOGIN_REQUIRED', 'log in');
};

/** The codes that have an anchor on the page, and the page. */
async function errorsPage(url = '/api/docs/errors') {
  const app = await testApp({}, { authorize: refused });
  const answer = await app.inject(url.split('#', 1)[0] ?? '');
  return { answer, anchors: [...answer.body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id ?? '') };
}

test.each(['/api/v1/peers', '/api/nothing', '/api/v1/packages/7'])(
  'the type of the problem of %s leads to what it means',
  async (url) => {
    const app = await testApp({}, { authorize: refused });
    const problem: { type: string; code: string; title: string } = (await app.inject(url)).json();
    const { answer, anchors } = await errorsPage(problem.type);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(anchors).toContain(problem.type.split('#')[1]);
    expect(answer.body).toContain(problem.title);
  },
);

test('the page of errors has every code of the register once, and no other', async () => {
  const { anchors } = await errorsPage();
  expect(anchors).toEqual(Object.keys(errorRegister));
});

test('the page of errors says of each what the register says, as text', async () => {
  const { answer, anchors } = await errorsPage();
  const text = answer.body
    .replaceAll(/<\/?code>/g, '`')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
  for (const code of anchors.filter(isErrorCode)) {
    const { http, title, description } = errorRow(code);
    expect(text).toContain(`<strong>${title}</strong>. HTTP ${http}, `);
    expect(text).toContain(`<p>${description}</p>`);
  }
});

import { type ErrorCode, errorRow } from '@odst/kernel';
import { type TObject, Type } from 'typebox';
import type { MediaAnswer } from './shapes.ts';

const fields = {
  type: Type.String({
    description: 'Where the code is explained, on this server',
    examples: ['/api/docs/errors#COMMON_INTERNAL'],
  }),
  title: Type.String({ description: 'The same for every occurrence of the code' }),
  status: Type.Integer({ description: 'HTTP status' }),
  detail: Type.String({ description: 'What happened this time' }),
  instance: Type.String({ description: 'Path of the request' }),
  traceid: Type.String({ description: "Finds the request in the server's log, and its trace where traces are recorded" }),
  remoteCode: Type.Optional(
    Type.String({ description: 'Code that another server refused with, where this one asked it in vain' }),
  ),
  errors: Type.Optional(
    Type.Array(
      Type.Object({
        detail: Type.String(),
        pointer: Type.String({ description: 'JSON pointer (RFC 6901) of the part that is wrong', examples: ['/stage'] }),
      }),
      { description: 'The parts of the request that are wrong' },
    ),
  ),
};

/** A problem document (RFC 9457) with the extensions `code`, `traceid` and `errors`. */
export const Problem = Type.Object(
  { ...fields, code: Type.String({ description: 'Stable: test for this one', examples: ['COMMON_INTERNAL'] }) },
  { title: 'Problem', description: 'Problem document (RFC 9457)' },
);

const made = new Map<string, MediaAnswer>();

/** The problem document of one status, which names the codes that it may have. One per list of codes: lists are few, routes many. */
export function problemOf(codes: readonly ErrorCode[]): MediaAnswer {
  const key = codes.join();
  const known = made.get(key);
  if (known !== undefined) return known;
  const description = codes.map((code) => `\`${code}\`: ${errorRow(code).title}`).join('\n\n');
  const schema: TObject = Type.Object({ ...fields, code: Type.Enum([...codes]) });
  const answer = { description, content: { 'application/problem+json': { schema } } };
  made.set(key, answer);
  return answer;
}

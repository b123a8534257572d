import { expect, test } from 'vitest';
import { fromCallMetadata, toCallMetadata } from '../src/call-metadata.ts';

const call = (path: string, request: string) => () => ({ path, request: Buffer.from(request) });
const commandIdOf = (requestId: string | undefined, content: ReturnType<typeof call>) =>
  fromCallMetadata(toCallMetadata({ actor: 'account:admin', requestId }, content), 'gateway').commandId;

test('each call is a command of its own, but for repetitions of one request those of the same content are one', () => {
  const [one, other] = ['8e03978e-40d5-43e8-bc93-6894a57f9324', '8e03978e-40d5-43e8-bc93-6894a57f9325'];
  const ids = [
    commandIdOf(one, call('/s/Promote', '7')),
    commandIdOf(one, call('/s/Promote', '8')),
    commandIdOf(one, call('/s/Demote', '7')),
    commandIdOf(other, call('/s/Promote', '7')),
    commandIdOf(undefined, call('/s/Promote', '7')),
    commandIdOf(undefined, call('/s/Promote', '7')),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(commandIdOf(one, call('/s/Promote', '7'))).toBe(ids[0]);
  expect(commandIdOf(undefined, call('/s/Promote', '7'))).toMatch(/^[0-9a-f-]{36}$/);
});

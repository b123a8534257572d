import { expect, test } from 'vitest';
import { createSecretBox } from '../src/index.ts';

const oldKey = Buffer.alloc(32, 1);
const newKey = Buffer.alloc(32, 2);
const plaintext = Buffer.from('the private key');
const unreadable = expect.objectContaining({ code: 'COMMON_SECRET_UNREADABLE' });

const refusal = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

test('opens what it sealed, and shows nothing of it', () => {
  const box = createSecretBox([newKey]);
  const sealed = box.seal('peer-1', plaintext);
  expect(box.open('peer-1', sealed)).toEqual(plaintext);
  expect(sealed.includes(plaintext)).toBe(false);
  expect(box.open('empty', box.seal('empty', Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
});

test('never seals the same secret to the same bytes twice', () => {
  const box = createSecretBox([newKey]);
  expect(box.seal('peer-1', plaintext)).not.toEqual(box.seal('peer-1', plaintext));
});

test('refuses another key and names both by their ids', () => {
  const [mine, other] = [createSecretBox([newKey]), createSecretBox([oldKey])];
  const error = refusal(() => other.open('peer-1', mine.seal('peer-1', plaintext)));
  expect(error).toMatchObject({
    code: 'COMMON_SECRET_UNREADABLE',
    message: expect.stringMatching(`${mine.keyId}.*${other.keyId}`),
  });
});

test('opens with an older key while keys are changed, and seals with the newest', () => {
  const before = createSecretBox([oldKey]).seal('peer-1', plaintext);
  const box = createSecretBox([newKey, oldKey]);
  expect(box.open('peer-1', before)).toEqual(plaintext);
  expect(createSecretBox([newKey]).open('peer-1', box.seal('peer-1', plaintext))).toEqual(plaintext);
});

test('refuses a secret that was moved to another id', () => {
  const box = createSecretBox([newKey]);
  expect(refusal(() => box.open('peer-2', box.seal('peer-1', plaintext)))).toEqual(unreadable);
});

test('refuses every change of a single byte, and every truncation', () => {
  const box = createSecretBox([newKey]);
  const sealed = box.seal('peer-1', plaintext);
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
    expect(refusal(() => box.open('peer-1', changed))).toEqual(unreadable);
    expect(refusal(() => box.open('peer-1', sealed.subarray(0, index)))).toEqual(unreadable);
  }
});

test('takes keys of 32 bytes only, and at least one', () => {
  expect(refusal(() => createSecretBox([]))).toMatchObject({ code: 'COMMON_SETTING_INVALID' });
  expect(refusal(() => createSecretBox([Buffer.alloc(31)]))).toMatchObject({ code: 'COMMON_SETTING_INVALID' });
});

import { type CloudEvent, payloadOf } from '@odst/event-bus';
import { describe, expect, test } from 'vitest';
import { upcast } from '../src/event-codec.ts';
import { createEventCodec, type Upcaster } from '../src/index.ts';
import golden from './golden/registration/ServerSettingsChanged.v1.json' with { type: 'json' };

/**
 * A version 2 that there might be of an event that there is: whether peers can connect would be no yes or no any more, as a
 * server may be reachable through another one.
 */
type SettingsV2 = { readonly iss: string; readonly name: string; readonly reachability: string };

const messageV2 = {
  toJSON: ({ iss, name, reachability }: SettingsV2) => ({ iss, name, reachability }),
  fromJSON: (json: unknown): SettingsV2 => {
    const { iss, name, reachability } = json as SettingsV2;
    if (typeof reachability !== 'string') throw new TypeError('no reachability');
    return { iss, name, reachability };
  },
};

const toV2: Upcaster = ({ iss, profile }) => {
  const { name, firewalledMode } = profile as { readonly name: string; readonly firewalledMode: boolean };
  return { iss: iss ?? '', name, reachability: firewalledMode ? 'none' : 'direct' };
};

const codec = createEventCodec({ ServerSettingsChanged: { message: messageV2, upcasters: [toV2] } });
const v1 = payloadOf(golden as CloudEvent);

describe('an event of which there is a version 2', () => {
  test('is read in version 1 as it was published, upcast', () => {
    expect(v1.schemaVersion).toBe(1);
    expect(codec.decode(v1)).toEqual({
      type: 'ServerSettingsChanged',
      data: { iss: golden.data.iss, name: golden.data.profile.name, reachability: 'none' },
    });
  });

  test('is written and read in version 2 without the upcaster', () => {
    const event = { type: 'ServerSettingsChanged', data: { iss: 'a', name: 'A', reachability: 'relayed' } } as const;
    const encoded = codec.encode(event);
    expect(encoded.schemaVersion).toBe(2);
    expect(codec.decode(encoded)).toEqual(event);
  });

  test('is not read in a version 3 that nobody here knows', () => {
    const read = [1, 2, 3].map((schemaVersion) => codec.reads({ type: 'ServerSettingsChanged', schemaVersion }));
    expect(read).toEqual([true, true, false]);
  });
});

test('upcasters run from the version of the data on, in order, and change nothing that they are given', () => {
  const upcasters: readonly Upcaster[] = [(old) => ({ ...old, two: 1 }), (old) => ({ ...old, three: Number(old['two']) + 1 })];
  const data = Object.freeze({ one: 0 });
  expect(upcast(upcasters, 1, data)).toEqual({ one: 0, two: 1, three: 2 });
  expect(upcast(upcasters, 2, { two: 5 })).toEqual({ two: 5, three: 6 });
  expect(upcast(upcasters, 3, data)).toBe(data);
});

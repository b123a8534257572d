import { Type } from 'typebox';
import { Count, Iss, OrNull } from './shapes.ts';

/** Why a change of a peer is held back. */
export const heldReason = {
  code: Type.String({ description: 'Code of the error register' }),
  reason: Type.String({ description: 'In words' }),
  signedBy: OrNull(Iss, 'Server that signed, or is said to have; null where a whole record was refused'),
  signedByName: OrNull(Type.String(), 'Name of that server; null where it is not known here'),
  isFinal: Type.Boolean({ description: 'Whether it can never be taken in' }),
};

/** What a row of a peer says of the changes that are held back of it. */
export const heldBackFields = {
  heldBack: Count('Changes that it told and that are not taken in, for now or for good; they end nothing meanwhile'),
  heldBackReasons: Type.Array(Type.Object({ ...heldReason, count: Count('How many') }, { title: 'HeldBackReason' }), {
    maxItems: 10,
    description: 'Why, the most frequent first; the reason is that of one of them',
  }),
};

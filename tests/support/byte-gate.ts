import { Transform } from 'node:stream';

/** Holds streams of bytes until a test lets more of them through. */
export type ByteGate = {
  /**
   * A stream through the gate.
   * @param take how many of so many bytes may pass now; they pass
   */
  through(take: (bytes: number) => number): Transform;
  /** Asks again for all that is held. */
  retry(): void;
};

/** Makes a gate with nothing in it. */
export function createByteGate(): ByteGate {
  const held = new Set<() => void>();
  return {
    through(take) {
      let pass = (): void => undefined;
      const passNow = () => pass();
      held.add(passNow);
      const stream = new Transform({
        transform(piece: Buffer, _encoding, done) {
          let rest = piece;
          pass = () => {
            const some = rest.subarray(0, take(rest.length));
            rest = rest.subarray(some.length);
            if (some.length > 0) this.push(some);
            if (rest.length > 0) return;
            pass = () => undefined;
            done();
          };
          pass();
        },
      });
      return stream.once('close', () => held.delete(passNow));
    },
    retry() {
      for (const pass of held) pass();
    },
  };
}

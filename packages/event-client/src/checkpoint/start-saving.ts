import { systemTimers } from '@odst/async';
import type { Checkpoint } from './checkpoint.ts';

/** Saves positions behind a consumer. Disposing saves the last one. */
export interface Saving extends AsyncDisposable {
  /** Notes that all up to here is done. @throws what an earlier save failed with */
  done(position: string): Promise<void>;
}

/** Starts saving, at most once in `everyMs`; 0 saves each position before the next event. */
export function startSaving(checkpoint: Checkpoint, everyMs: number): Saving {
  let unsaved: string | undefined;
  let timer: Disposable | undefined;
  let saving: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;
  let told = false;

  const save = (): Promise<void> => {
    timer?.[Symbol.dispose]();
    timer = undefined;
    // One after the other; what one failed with is told by itself, and the next one tries its position too.
    saving = saving
      .catch(() => undefined)
      .then(async () => {
        const position = unsaved;
        if (position === undefined) return;
        unsaved = undefined;
        try {
          await checkpoint.save(position);
        } catch (error) {
          unsaved ??= position;
          // The consumer is told at its next event.
          failure = { error };
          throw error;
        }
      });
    saving.catch(() => undefined);
    return saving;
  };

  return {
    async done(position) {
      unsaved = position;
      if (everyMs === 0) await save().catch(() => undefined);
      else timer ??= systemTimers.after(everyMs, save);
      if (failure === undefined) return;
      told = true;
      throw failure.error;
    },
    async [Symbol.asyncDispose]() {
      const saved = save();
      await (told ? saved.catch(() => undefined) : saved);
    },
  };
}

import type { Checkpoint } from './checkpoint.ts';

/** Saves positions behind a consumer. Disposing saves the last one. */
export interface Saving extends AsyncDisposable {
  /** Notes that all up to here is done. @throws what an earlier save failed with */
  done(position: string): Promise<void>;
}

/** Starts saving, at most once in `everyMs`; 0 saves each position before the next event. */
export function startSaving(checkpoint: Checkpoint, everyMs: number): Saving {
  let unsaved: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saving: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;
  let told = false;

  const save = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    saving = saving.then(async () => {
      const position = unsaved;
      if (position === undefined) return;
      unsaved = undefined;
      await checkpoint.save(position);
    });
    // The consumer is told at its next event.
    saving.catch((error: unknown) => {
      failure = { error };
    });
    return saving;
  };

  return {
    async done(position) {
      unsaved = position;
      if (everyMs === 0) await save().catch(() => undefined);
      else timer ??= setTimeout(save, everyMs);
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

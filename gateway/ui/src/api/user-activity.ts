/** Somebody who did nothing for this long is not at work. */
const atWorkMs = 60_000;

let lastAt = Date.now();

for (const type of ['pointerdown', 'keydown'] as const) {
  addEventListener(type, () => (lastAt = Date.now()), { capture: true, passive: true });
}

/** Whether a person used the page within the last minute. */
export const isAtWork = () => Date.now() - lastAt < atWorkMs;

const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A size for people, as the Admin API writes it: 1024-based, one decimal, a space: `0.0 B`, `3.3 MB`, `56.2 GB`. */
export function humanSize(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  // 1,048,575 bytes would round to `1024.0 KB`; the next unit is meant.
  while (Number(value.toFixed(1)) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

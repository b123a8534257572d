import { OdstError } from '@odst/kernel';

/** Reads a whole number of the query string. @throws OdstError COMMON_REQUEST_INVALID outside `min`…`max` */
export function wholeNumber(
  name: string,
  value: string | undefined,
  range: { min: number; max: number; fallback: number },
): number {
  if (value === undefined) return range.fallback;
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= range.min && number <= range.max) return number;
  throw new OdstError('COMMON_REQUEST_INVALID', `${name} is a whole number from ${range.min} to ${range.max}`, {
    pointer: `/${name}`,
  });
}

/** A claim that the benchmark checks. */
export type Claim = {
  readonly name: string;
  /** NaN when its peer was not there to be measured. */
  readonly measured: number;
  /** The claim holds at or below this. Without one it is a figure that says more about another. */
  readonly limit?: number;
  readonly unit: string;
  /** What went into it, as `2.31 s against 1.05 s`. */
  readonly detail: string;
};

/** Middle value; the mean of the middle two for an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** The value that so many percent of the values do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}

/** Prints the claims as a table and says whether all of them hold. */
export function report(claims: readonly Claim[]): boolean {
  console.log('\n| claim | measured | limit | | from |\n|---|---|---|---|---|');
  for (const claim of claims) {
    const { name, measured, limit, unit, detail } = claim;
    const asked = limit === undefined ? '' : `≤ ${limit} ${unit}`;
    console.log(`| ${name} | ${measured.toFixed(2)} ${unit} | ${asked} | ${verdictOn(claim)} | ${detail} |`);
  }
  return !claims.some((claim) => verdictOn(claim) === 'MISSED');
}

function verdictOn({ measured, limit }: Claim): 'holds' | 'MISSED' | 'not measured' | '' {
  if (Number.isNaN(measured)) return 'not measured';
  if (limit === undefined) return '';
  return measured <= limit ? 'holds' : 'MISSED';
}

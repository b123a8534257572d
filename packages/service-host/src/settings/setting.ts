/** What a value turned out to be: usable, or wrong in a way that completes the sentence "the value …". */
export type Parsed<T> = { readonly value: T } | { readonly fault: string };

/** Declaration of one variable of the environment. */
export type Setting<T> = {
  /** What it means, for the reference page. Markdown, one line. */
  readonly doc: string;
  /** A right value, shown with each complaint. */
  readonly example: string;
  /** Whether the value must never be shown. */
  readonly secret: boolean;
  /** The default as the reference page shows it. */
  readonly defaultText: string;
  /** Value when the variable is missing or empty. */
  readonly fallback: T;
  /** Checks and converts a value; the text is trimmed and not empty. */
  readonly parse: (text: string) => Parsed<T>;
};

/** Declarations by variable name. */
export type SettingsSpec = Readonly<Record<string, Setting<unknown>>>;

/** The values that a declaration yields. */
export type SettingsOf<Spec extends SettingsSpec> = {
  readonly [Name in keyof Spec]: Spec[Name] extends Setting<infer T> ? T : never;
};

/** The settings as rows of a Markdown table: variable, default, meaning. */
export function settingsTable(spec: SettingsSpec): string {
  const rows = Object.entries(spec).map(([name, { defaultText, doc }]) => `| \`${name}\` | ${defaultText} | ${doc} |`);
  return ['| variable | default | meaning |', '|---|---|---|', ...rows, ''].join('\n');
}

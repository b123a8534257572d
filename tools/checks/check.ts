/** What a check looks at. */
export type Scope = {
  /** Folders and files whose problems are reported, relative to the root; none means all. */
  readonly folders: readonly string[];
};

/** What a check found. */
export type Findings = {
  /** One text each, naming the file; none when all is well. */
  readonly problems: readonly string[];
  /** What was looked at, such as `143 modules`: a check that saw nothing proves nothing. */
  readonly seen: string;
};

/** One check of the workspace; `node tools/check.ts <name>` runs it alone. */
export type Check = {
  readonly name: string;
  run(scope: Scope): Promise<Findings>;
};

/** Whether problems of `file` (relative to the root) are to be reported. */
export function inScope({ folders }: Scope, file: string): boolean {
  return folders.length === 0 || folders.some((folder) => file === folder || file.startsWith(`${folder}/`));
}

// Type-checks the workspace as tsc does, and finds promises that nobody waits for, which needs the same types.
// Prints one error a line, as tsc does, and last the number of files; exits 1 when there are errors.
import { relative } from 'node:path';
import ts from 'typescript';
import { findFloatingPromises } from './floating-promises.ts';

const host: ts.FormatDiagnosticsHost = {
  getCurrentDirectory: () => process.cwd(),
  getCanonicalFileName: (file) => file,
  getNewLine: () => '\n',
};

/** Checks the files of one project. @returns its errors, and how many files were read */
function checkProject(configFile: string): { readonly errors: readonly string[]; readonly files: readonly string[] } {
  const config = ts.getParsedCommandLineOfConfigFile(configFile, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new Error(ts.formatDiagnostic(diagnostic, host));
    },
  });
  if (config === undefined) throw new Error(`${configFile} could not be read`);
  const program = ts.createProgram({ rootNames: config.fileNames, options: config.options });
  const diagnostics = [...config.errors, ...ts.getPreEmitDiagnostics(program)];
  const checker = program.getTypeChecker();
  const own = program.getSourceFiles().filter(({ fileName }) => !fileName.includes('/node_modules/'));
  const floating = own
    .filter(({ fileName }) => !fileName.includes('/src/gen/'))
    .flatMap((source) =>
      findFloatingPromises(source, checker).map((node) => {
        const { line, character } = source.getLineAndCharacterOfPosition(node.getStart(source));
        const place = `${relative(process.cwd(), source.fileName)}(${line + 1},${character + 1})`;
        return `${place}: error: nobody waits for this promise, so its failure is lost: await it, return it, catch it, or say void\n`;
      }),
    );
  const errors = diagnostics.map((diagnostic) => ts.formatDiagnostic(diagnostic, host));
  return { errors: [...errors, ...floating], files: own.map(({ fileName }) => fileName) };
}

// The pages run in a browser, with other types around them.
const projects = ['tsconfig.json', 'gateway/ui/tsconfig.json'].map(checkProject);
// What two projects share is read by both, and told once.
const errors = new Set(projects.flatMap((project) => project.errors));
const files = new Set(projects.flatMap((project) => project.files));

process.stdout.write(`${[...errors].join('')}${files.size} files\n`);
process.exitCode = errors.size === 0 ? 0 : 1;

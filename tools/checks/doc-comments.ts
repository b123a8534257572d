import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { type Check, inScope } from './check.ts';
import { sourceFiles } from './source-files.ts';

const hasComment = (node: ts.Node) => ts.getJSDocCommentsAndTags(node).length > 0;
const isExported = (node: ts.Statement) =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

/** Exported declarations of a file that have no doc comment, with their lines. */
export function undocumentedExports(file: string, text: string): readonly string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return source.statements
    .filter((statement) => isExported(statement) && !hasComment(statement))
    .map((statement) => {
      const { line } = source.getLineAndCharacterOfPosition(statement.getStart(source));
      return `${file}:${line + 1}: an export without a doc comment: ${statement.getText(source).split('\n')[0]}`;
    });
}

/** Whoever uses a package reads what it exports: what it is, units, range, default, the codes it throws. */
export const docComments: Check = {
  name: 'doc-comments',
  async run(scope) {
    const files = (await sourceFiles()).filter((file) => /^packages\/.+\/src\/.+[.]ts$/.test(file));
    const problems = files
      .filter((file) => inScope(scope, file))
      .flatMap((file) => undocumentedExports(file, readFileSync(file, 'utf8')));
    if (files.length === 0) problems.push('found no file in packages/');
    return { problems, seen: `${files.length} files` };
  },
};

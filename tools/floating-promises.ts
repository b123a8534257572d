import ts from 'typescript';

/** Thenables without `catch`, such as a Fastify reply, are waited for by whom they are given to. */
function isPromise(type: ts.Type): boolean {
  const parts = type.isUnion() ? type.types : [type];
  return parts.some((part) => part.getProperty('then') !== undefined && part.getProperty('catch') !== undefined);
}

/** Whether the promise that `expression` gives has its failure handled: `.catch(handler)`, `.then(done, handler)`. */
function isHandled(expression: ts.Expression): boolean {
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return false;
  const { name, expression: inner } = expression.expression;
  if (name.text === 'catch') return expression.arguments.length > 0;
  if (name.text === 'then') return expression.arguments.length > 1;
  return name.text === 'finally' && isHandled(inner);
}

function isAssignment(expression: ts.Expression): boolean {
  if (!ts.isBinaryExpression(expression)) return false;
  const { kind } = expression.operatorToken;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/**
 * Statements that start something asynchronous and look away: a failure in there ends the process or, in a test, passes.
 * `void work()` says that it is meant.
 */
export function findFloatingPromises(source: ts.SourceFile, checker: ts.TypeChecker): readonly ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isExpressionStatement(node)) {
      const { expression } = node;
      if (!isAssignment(expression) && !isHandled(expression) && isPromise(checker.getTypeAtLocation(expression)))
        found.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

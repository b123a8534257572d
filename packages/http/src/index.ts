export { type Authorizer, createAuthorizer, type Principal } from './authorizer.ts';
export { type Problem, toProblem } from './problem.ts';
export { installProblemDetails, sendProblem } from './problem-handlers.ts';

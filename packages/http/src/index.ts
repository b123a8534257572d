export { type Authorizer, assertStage, createAuthorizer, isForwarded, type Principal } from './authorizer.ts';
export { goneSignal } from './half-closed.ts';
export { buildHttpApp, type HttpAppOptions } from './http-app.ts';
export { type Problem, toProblem } from './problem.ts';
export { traceparentOf } from './request-spans.ts';
export { normalTarget, pathOf } from './request-target.ts';
export { type HttpRoutes, listen, startRoutesListener } from './routes-listener.ts';
export { type HttpApp, readJson } from './schemas.ts';

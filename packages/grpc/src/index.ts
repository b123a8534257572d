export type { ServiceName } from '@odst/contracts/services';
export { serviceToken } from './access.ts';
export { type CallOptions, type ConnectOptions, connectService, type ServiceClient, type ServiceConnection } from './client.ts';
export type { ServiceShape } from './definition.ts';
export { serveEvents } from './read-events.ts';
export {
  type HandlerContext,
  type ServedService,
  type ServiceHandlers,
  type StartServerOptions,
  serve,
  startGrpcServer,
} from './server.ts';

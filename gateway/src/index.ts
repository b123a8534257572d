export type { ReadinessSnapshot } from './routes/health.ts';
export { type GatewayDeps, type RunningGateway, startGateway } from './service.ts';

export { gatewayMigrations } from './migrations.ts';
export { type GatewayDeps, type RunningGateway, startGateway } from './service.ts';

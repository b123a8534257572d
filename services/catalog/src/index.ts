export { type CatalogDeps, catalogMigrations, type RunningCatalog, startCatalog } from './service.ts';

export { takeDirectoryLock } from './directory-lock.ts';
export { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from './embedded-postgres.ts';
export { openSocketFolder, type SocketFolder, type SocketFolderOptions } from './socket-folder.ts';

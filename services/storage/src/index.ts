export { storageDefinition } from './definition.ts';
export { blobFoldersOf } from './settings.ts';

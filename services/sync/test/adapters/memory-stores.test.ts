import { createMemoryFeedStore } from '../../src/adapters/memory-feed-store.ts';
import { createMemoryPeerStore } from '../../src/adapters/memory-peer-store.ts';
import { feedStoreContract } from '../support/feed-store-contract.ts';
import { peerStoreContract } from '../support/peer-store-contract.ts';
import { issOf } from '../support/records.ts';
import { statementStoreContract } from '../support/statement-store-contract.ts';

feedStoreContract(async () => createMemoryFeedStore(() => issOf('feed')));
statementStoreContract(async () => createMemoryFeedStore(() => issOf('feed')));
peerStoreContract(async () => createMemoryPeerStore());

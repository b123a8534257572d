import { describe } from 'vitest';
import { idempotentRequestsContract } from './contract.ts';
import { memoryIdempotentRequests } from './memory-idempotent-requests.ts';

describe('requests in memory', () => {
  idempotentRequestsContract(async (limits) => memoryIdempotentRequests(limits));
});

import { createMemoryCheckpoint } from '../../src/checkpoint/memory-checkpoint.ts';
import { checkpointContract } from './checkpoint-contract.ts';

checkpointContract('memory', async () => createMemoryCheckpoint());

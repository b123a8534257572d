import { describe } from 'vitest';
import { systemSamplesContract } from './contract.ts';
import { memorySystemSamples } from './memory-system-samples.ts';

describe('samples in memory', () => {
  systemSamplesContract(async () => memorySystemSamples());
});

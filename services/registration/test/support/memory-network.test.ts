import { transportContract } from '@odst/peer-client/contract';
import { memoryNetwork } from './memory-server.ts';

transportContract('the network of these tests', async (answer) => {
  const network = memoryNetwork('SYNC_PEER_FAILED');
  network.servers.set('http://10.0.0.1', { answer: async (request) => answer(request) });
  return {
    transport: network,
    baseUrl: 'http://10.0.0.1',
    nowhere: 'http://10.0.0.9',
    [Symbol.asyncDispose]: async () => undefined,
  };
});

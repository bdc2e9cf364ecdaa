import { createMemoryWorld, memoryPorts } from '../fakes/memory-ports.ts';
import { describeArchiveContract } from './archive.ts';
import { describeRecordsContract } from './records.ts';
import { describeSecretsContract } from './secrets.ts';
import { describeShardStatesContract } from './shard-states.ts';

function makeWorld() {
  const world = createMemoryWorld({ now: () => Date.now() });
  return { world, ports: memoryPorts(world), others: memoryPorts(world) };
}

for (const [port, store] of [
  ['vault', 'vault'],
  ['accessTokens', 'accessTokens'],
] as const) {
  describeSecretsContract(`memory ${port}`, () => {
    const { world, ports, others } = makeWorld();
    return {
      secrets: ports[port],
      other: others[port],
      addShard: async (shard) => world[store].create(shard),
    };
  });
}

describeArchiveContract('memory', () => {
  const { ports, others } = makeWorld();
  return { archive: ports.archive, other: others.archive };
});

describeShardStatesContract('memory', () => {
  const { ports, others } = makeWorld();
  return { states: ports.states, other: others.states };
});

describeRecordsContract('memory', () => {
  const { ports, others } = makeWorld();
  return { records: ports.records, other: others.records };
});

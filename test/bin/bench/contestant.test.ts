import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createOther } from '../../../bin/bench/beside/contestant.ts';
import { startServers } from '../../../bin/bench/beside/servers.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

async function open(name: string) {
  const servers = await startServers({ latencyMs: 0, returnMs: 0, requestsASecond: 1_000 });
  onTestFinished(() => servers.close());
  const { tokenUrl, secretUrl } = servers;
  const file = join(temporaryFolder(), 'tokens.json');
  return createOther(name, 'ways.mjs', { file, tokenUrl, secretUrl, packages: {} }, servers);
}

describe('another way to refresh a fleet', () => {
  it.each(['sequential script', 'parallel loop, one secret write each'])(
    'keeps the other tenants where one of them consents again (%s)',
    async (name) => {
      const way = await open(name);
      await way.give({ anna: 'refresh.anna.1', berta: 'refresh.berta.2' });
      await way.give({ anna: 'refresh.anna.3' });
      expect(await way.read()).toEqual({ anna: 'refresh.anna.3', berta: 'refresh.berta.2' });
      await way.give({});
      expect(await way.read()).toHaveProperty('berta');
    },
  );
});

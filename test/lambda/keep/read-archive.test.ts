import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import { newKnowledge } from '../../../lambda/history/families.ts';
import { openLedger } from '../../../lambda/keep/ledger.ts';
import { readEntries } from '../../../lambda/keep/read-archive.ts';
import { archivedExchange } from '../../fakes/archived-exchange.ts';
import { createScene } from '../../fakes/scene.ts';

const KEYS = [1, 2].map(
  (turn) => `responses/default/0000000${turn}-2026-11-22T02:17:03.120Z/acme-1.json`,
);

describe(readEntries.name, () => {
  it('takes in nothing where one of them cannot be read, and all when it can', async () => {
    const { openPorts, faults } = createScene();
    const ports = openPorts();
    const ledger = openLedger({ knowledge: newKnowledge() });
    const run = {
      ports,
      shard: 'default',
      ledger,
      seenKeys: new Set<string>(),
      damaged: new Set<string>(),
    };
    for (const [index, key] of KEYS.entries()) {
      const answer = archivedExchange({ access_token: 'a', refresh_token: `r${index + 1}` });
      const spent = fingerprint(`r${index}`);
      await ports.archive.put(key, { ...answer, turn: index + 1, spent });
    }
    faults.fail({ port: 'archive', op: 'get', on: KEYS[1] ?? '' }, { times: 1 });
    await expect(readEntries(run, KEYS)).rejects.toThrow('on purpose');
    expect(ledger.knowledge.families.size).toBe(0);
    await readEntries(run, KEYS);
    const family = ledger.knowledge.families.get(fingerprint('r1'));
    expect(family?.current).toBe(fingerprint('r2'));
  });
});

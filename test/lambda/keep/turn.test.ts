import { describe, expect, it } from 'vitest';
import { exchangeKey } from '../../../lambda/history/archived-exchange.ts';
import type { Lease } from '../../../lambda/keep/lease.ts';
import { openTurn } from '../../../lambda/keep/turn.ts';

describe(openTurn.name, () => {
  it('takes a turn behind as many answers as a shard files in its months', async () => {
    const folder = '00000001-2026-11-22T02:17:03.120Z';
    const keys = Array.from({ length: 200_000 }, (_, index) =>
      exchangeKey('default', folder, 'acme', index),
    );
    const archive = {
      create: async () => 'created' as const,
      get: async () => null,
      list: async () => keys,
    };
    const lease = {
      runId: 'run',
      turn: () => 2,
      state: () => ({ replayed_turn: 0 }),
    } as unknown as Lease;
    const opened = await openTurn({ archive }, 'default', lease);
    expect(opened.keys).toHaveLength(keys.length);
  });
});

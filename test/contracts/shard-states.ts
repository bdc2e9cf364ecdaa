import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ShardStates } from '../../lambda/ports.ts';

export interface ShardStatesPorts {
  /** Over an empty store. */
  states: ShardStates;
  /** The same store, as another process sees it. */
  other: ShardStates;
}

/**
 * What every store of shard states must do (lambda/ports.ts). `makePorts` gives fresh ones for each
 * test.
 */
export function describeShardStatesContract(
  name: string,
  makePorts: () => ShardStatesPorts | Promise<ShardStatesPorts>,
): void {
  describe(`${name} as ShardStates`, () => {
    let states: ShardStates;
    let other: ShardStates;

    beforeEach(async () => {
      ({ states, other } = await makePorts());
    });

    /** As a run writes them: no two texts are ever the same. */
    const newText = () => JSON.stringify({ nonce: randomUUID(), note: 'ü \u{1F511}' });

    async function write(
      port: ShardStates,
      text: string,
      etag: string | null,
      shard = 'default',
    ): Promise<string> {
      const written = await port.write(shard, text, etag);
      if (written === 'refused') {
        throw new Error('the write was refused');
      }
      return written.etag;
    }

    it('reads null where nothing is stored', async () => {
      expect(await states.read('default')).toBeNull();
    });

    it('gives back what was written, with its etag, to every process', async () => {
      const text = newText();
      const etag = await write(states, text, null);
      expect(await states.read('default')).toEqual({ text, etag });
      expect(await other.read('default')).toEqual({ text, etag });
    });

    it('writes on the etag that is there, and refuses any other', async () => {
      const first = await write(states, newText(), null);
      const text = newText();
      const second = await write(other, text, first);
      expect(second).not.toBe(first);
      expect(await states.write('default', newText(), first)).toBe('refused');
      expect(await states.write('default', newText(), null)).toBe('refused');
      expect(await states.read('default')).toEqual({ text, etag: second });
    });

    it('refuses an etag where nothing is stored', async () => {
      const etag = await write(states, newText(), null, 'eu');
      expect(await states.write('default', newText(), etag)).toBe('refused');
      expect(await states.read('default')).toBeNull();
    });

    it('keeps shards apart', async () => {
      const text = newText();
      await write(states, text, null, 'eu');
      await write(states, newText(), null, 'default');
      expect((await other.read('eu'))?.text).toBe(text);
    });

    it('stays right over many writes', async () => {
      let etag: string | null = null;
      const old: string[] = [];
      for (let count = 0; count < 40; count += 1) {
        etag = await write(count % 2 ? states : other, String(count), etag);
        old.push(etag);
      }
      expect(await states.read('default')).toEqual({ text: '39', etag });
      for (const stale of [old[0], old[20], old[38]]) {
        expect(await states.write('default', 'stale', stale ?? '')).toBe('refused');
      }
      expect((await other.read('default'))?.text).toBe('39');
    });

    it('lets one of many win, from nothing and from an etag', async () => {
      for (const from of ['nothing', 'an etag']) {
        const etag = from === 'nothing' ? null : ((await states.read('default'))?.etag ?? '');
        const texts = Array.from({ length: 8 }, newText);
        const results = await Promise.all(
          texts.map((text, index) => (index % 2 ? states : other).write('default', text, etag)),
        );
        const winners = texts.filter((_, index) => results[index] !== 'refused');
        expect(winners).toHaveLength(1);
        expect((await states.read('default'))?.text).toBe(winners[0]);
      }
    });

    it('lists the shards that have a state', async () => {
      expect(await states.shards()).toEqual([]);
      for (const shard of ['us', 'eu.west', 'default']) {
        await write(other, newText(), null, shard);
      }
      expect(await states.shards()).toEqual(['default', 'eu.west', 'us']);
    });

    it('names a holder per run, and takes no living one for dead', async () => {
      const holder = states.holder('run-1');
      expect(holder).toContain('run-1');
      expect(states.holder('run-1')).toBe(holder);
      expect(states.holder('run-2')).not.toBe(holder);
      for (const text of [
        holder,
        other.holder('run-3'),
        '',
        'another',
        '["elsewhere",1,"1","run"]',
        '{}',
      ]) {
        expect(await states.isGone(text)).toBe(false);
      }
    });
  });
}

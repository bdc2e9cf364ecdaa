import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Secrets, StoreError } from '../../lambda/ports.ts';

export interface SecretsPorts {
  /** Over a store that holds the shard `default` without a value, and no other. */
  secrets: Secrets;
  /** The same store, as another process sees it. */
  other: Secrets;
  /** Makes a shard without a value. */
  addShard(shard: string): Promise<void>;
}

/** A request token as a run makes them: 32-64 characters, the same for the same call. */
function tokenFor(read: string | null, text: string): string {
  return createHash('sha256').update(`${read} ${text}`).digest('hex');
}

/**
 * What every store of secrets must do (lambda/ports.ts). `makePorts` gives fresh ones for each
 * test.
 */
export function describeSecretsContract(
  name: string,
  makePorts: () => SecretsPorts | Promise<SecretsPorts>,
): void {
  describe(`${name} as Secrets`, () => {
    let secrets: Secrets;
    let other: Secrets;
    let addShard: SecretsPorts['addShard'];

    beforeEach(async () => {
      ({ secrets, other, addShard } = await makePorts());
    });

    function swap(port: Secrets, read: string | null, text: string, shard = 'default') {
      return port.swap(shard, read, text, tokenFor(read, text));
    }

    async function versionOf(port: Secrets, shard = 'default') {
      const version = await port.read(shard);
      if (!version) {
        throw new Error(`${shard} has no value`);
      }
      return version;
    }

    it('reads null from a secret without a value', async () => {
      expect(await secrets.read('default')).toBeNull();
    });

    it('refuses a shard that does not exist, by read and by swap', async () => {
      await expect(secrets.read('nowhere')).rejects.toMatchObject({
        name: 'StoreError',
        reason: 'not_found',
      });
      await expect(swap(secrets, null, '{}', 'nowhere')).rejects.toMatchObject({
        name: 'StoreError',
        reason: 'not_found',
      });
      expect(await secrets.shards()).toEqual(['default']);
    });

    it('gives back what was swapped in, byte for byte, to every process', async () => {
      const text = '{"a": 1,\r\n\t"ü": "\u{1F511}\u0000\\u0000", "n": 12345678901234567890}\n';
      expect(await swap(secrets, null, text)).toBe('swapped');
      expect((await versionOf(secrets)).text).toBe(text);
      expect((await versionOf(other)).text).toBe(text);
    });

    it('says which version was swapped in last, or that there is none', async () => {
      expect(await secrets.lastSwapped('default')).toBeNull();
      await swap(secrets, null, 'one');
      const { versionId } = await versionOf(secrets);
      await swap(secrets, versionId, 'two');
      expect(await other.lastSwapped('default')).toEqual(await versionOf(secrets));
    });

    it('gives each version its own id, and a time of creation that never goes back', async () => {
      const before = Date.now();
      await swap(secrets, null, 'one');
      const one = await versionOf(secrets);
      await swap(other, one.versionId, 'two');
      const two = await versionOf(secrets);
      expect(two.versionId).not.toBe(one.versionId);
      expect(two.createdAt).toBeGreaterThanOrEqual(one.createdAt);
      // Stores may round to seconds.
      expect(one.createdAt).toBeGreaterThanOrEqual(before - 1_000);
      expect(two.createdAt).toBeLessThanOrEqual(Date.now() + 1_000);
      expect(await secrets.read('default')).toEqual(two);
    });

    it('finds the newest and the oldest version that it keeps and that is wanted', async () => {
      const ofOne = (text: string | undefined) => text?.startsWith('one') === true;
      expect(await secrets.findKept('default', 'newest', ofOne)).toBeNull();
      for (const text of ['one', 'one more', 'two']) {
        await swap(secrets, (await secrets.read('default'))?.versionId ?? null, text);
      }
      expect((await other.findKept('default', 'newest', ofOne))?.text).toBe('one more');
      expect((await other.findKept('default', 'newest', () => true))?.text).toBe('two');
      expect(await other.findKept('default', 'newest', () => false)).toBeNull();
      expect((await other.findKept('default', 'oldest', ofOne))?.text).toBe('one');
      expect((await other.findKept('default', 'oldest', (text) => !ofOne(text)))?.text).toBe('two');
    });

    it('swaps from the version that was read, and refuses any other', async () => {
      await swap(secrets, null, 'one');
      const one = await versionOf(secrets);
      expect(await swap(other, one.versionId, 'two')).toBe('swapped');
      expect(await swap(secrets, one.versionId, 'three')).toBe('refused');
      expect(await swap(secrets, null, 'four')).toBe('refused');
      expect((await versionOf(secrets)).text).toBe('two');
    });

    it('goes on after a refusal from the version that is there', async () => {
      await swap(secrets, null, 'one');
      expect(await swap(other, null, 'two')).toBe('refused');
      const { versionId } = await versionOf(other);
      expect(await swap(other, versionId, 'three')).toBe('swapped');
      expect((await versionOf(secrets)).text).toBe('three');
    });

    it('takes a repeated call for the same call', async () => {
      expect(await swap(secrets, null, 'one')).toBe('swapped');
      expect(await swap(secrets, null, 'one')).toBe('swapped');
      const one = await versionOf(secrets);
      expect(await swap(secrets, one.versionId, 'two')).toBe('swapped');
      expect(await swap(other, one.versionId, 'two')).toBe('swapped');
      expect((await versionOf(secrets)).text).toBe('two');
    });

    it('refuses a repeated call that was succeeded meanwhile', async () => {
      await swap(secrets, null, 'one');
      await swap(other, (await versionOf(other)).versionId, 'two');
      expect(await swap(secrets, null, 'one')).toBe('refused');
      expect((await versionOf(secrets)).text).toBe('two');
    });

    it('refuses a request token that was used for another text', async () => {
      const token = tokenFor(null, 'one');
      await secrets.swap('default', null, 'one', token);
      await expect(secrets.swap('default', null, 'two', token)).rejects.toBeInstanceOf(StoreError);
      expect((await versionOf(secrets)).text).toBe('one');
    });

    it('lets one of many win, from no value and from a version', async () => {
      for (const read of [null, 'current']) {
        const from = read && (await versionOf(secrets)).versionId;
        const texts = Array.from({ length: 6 }, (_, index) => `${read} ${index}`);
        const results = await Promise.all(
          texts.map((text, index) => swap(index % 2 ? secrets : other, from, text)),
        );
        expect(results.filter((result) => result === 'swapped')).toHaveLength(1);
        expect((await versionOf(secrets)).text).toBe(texts[results.indexOf('swapped')]);
      }
    });

    it('keeps shards apart and lists them sorted', async () => {
      for (const shard of ['eu', 'a.b-c_1', 'Z']) {
        await addShard(shard);
      }
      expect(await secrets.shards()).toEqual(['Z', 'a.b-c_1', 'default', 'eu']);
      expect(await secrets.read('eu')).toBeNull();
      await swap(secrets, null, 'of eu', 'eu');
      expect((await versionOf(other, 'eu')).text).toBe('of eu');
      expect(await secrets.read('default')).toBeNull();
    });

    it('names every shard differently for people', () => {
      expect(secrets.label('default')).not.toBe('');
      expect(secrets.label('eu')).not.toBe(secrets.label('default'));
    });

    it('holds a text of 64 KB', async () => {
      expect(secrets.maxBytes).toBeGreaterThanOrEqual(65_536);
      const text = 'ü'.repeat(32_768);
      expect(await swap(secrets, null, text)).toBe('swapped');
      expect((await versionOf(secrets)).text).toBe(text);
    });

    it('refuses a text over its limit, and keeps what is there', async ({ skip }) => {
      if (secrets.maxBytes > 1_000_000) {
        skip('it has no limit');
      }
      await swap(secrets, null, 'one');
      const { versionId } = await versionOf(secrets);
      // As many characters as the limit has bytes, and one byte more than it.
      const text = `ü${'x'.repeat(secrets.maxBytes - 1)}`;
      await expect(swap(secrets, versionId, text)).rejects.toMatchObject({
        name: 'StoreError',
        reason: 'too_large',
      });
      expect((await versionOf(secrets)).text).toBe('one');
    });
  });
}

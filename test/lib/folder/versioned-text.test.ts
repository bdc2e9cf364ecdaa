import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createDurableFiles } from '../../../lib/folder/durable-files.ts';
import {
  addVersion,
  nextCreatedAt,
  readNewestVersion,
} from '../../../lib/folder/versioned-text.ts';
import { type FileGate, interceptFiles } from '../../fakes/file-operations.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

interface Texts {
  home: string;
  folder: string;
  add(number: number, text?: string): Promise<'written' | 'refused'>;
  newestText(): Promise<string | undefined>;
}

function openTexts(home: string): Texts {
  const folder = join(home, 'texts');
  const files = createDurableFiles(home);
  return {
    home,
    folder,
    add: (number, text = `text ${number}`) =>
      addVersion(files, folder, { number, id: text, createdAt: number, text }),
    newestText: async () => (await readNewestVersion(folder))?.text,
  };
}

async function makeTexts(count: number): Promise<Texts> {
  const texts = openTexts(temporaryFolder());
  for (let number = 1; number <= count; number += 1) {
    await texts.add(number);
  }
  return texts;
}

/**
 * Stops the process at its `count`-th file operation, before or after it happens; `stopped`
 * resolves then.
 */
function stopAt(
  count: number,
  when: 'before' | 'after',
): { gate: FileGate; stopped: Promise<'stopped'> } {
  let stop: (stopped: 'stopped') => void;
  const stopped = new Promise<'stopped'>((resolve) => {
    stop = resolve;
  });
  let seen = 0;
  const gate: FileGate = async (_operation, _path, perform) => {
    seen += 1;
    if (seen !== count) {
      return perform();
    }
    if (when === 'after') {
      await perform();
    }
    stop('stopped');
    return new Promise(() => undefined);
  };
  return { gate, stopped };
}

describe(addVersion.name, () => {
  it('keeps the newest sixteen, and nothing that was on its way', async () => {
    const texts = await makeTexts(40);
    expect(await readdir(texts.folder)).toHaveLength(16);
    expect(await readdir(join(texts.home, 'tmp'))).toEqual([]);
    expect(await texts.newestText()).toBe('text 40');
  });

  it('refuses a number that is taken', async () => {
    const texts = await makeTexts(3);
    expect(await texts.add(3, 'late')).toBe('refused');
    expect(await texts.newestText()).toBe('text 3');
  });

  it('fails for a writer that slept while its number was taken and removed', async () => {
    const texts = await makeTexts(40);
    await expect(texts.add(5, 'slept')).rejects.toMatchObject({
      name: 'StoreError',
      reason: 'unavailable',
    });
    expect(await texts.newestText()).toBe('text 40');
    expect(await texts.add(41)).toBe('written');
    expect(await texts.newestText()).toBe('text 41');
    expect(await readdir(texts.folder)).toHaveLength(16);
  });

  it('succeeds for a writer that was overtaken right after its own write', async () => {
    const texts = await makeTexts(3);
    const overtaker = openTexts(texts.home);
    const restore = interceptFiles(texts.folder, async (operation, _path, perform) => {
      const result = await perform();
      if (operation !== 'link') {
        return result;
      }
      restore();
      await overtaker.add(5);
      return result;
    });
    expect(await texts.add(4)).toBe('written');
    expect(await texts.newestText()).toBe('text 5');
  });

  it('leaves the old or the new text whole, and no lock, wherever a writer is killed', async () => {
    const texts = await makeTexts(20);
    let points = 0;
    let number = 21;
    /** Kills a writer at one file operation. Returns false if the writer was done before. */
    async function killAt(count: number, when: 'before' | 'after'): Promise<boolean> {
      const { gate, stopped } = stopAt(count, when);
      const restore = interceptFiles(texts.home, gate);
      const victim = openTexts(texts.home);
      const result = await Promise.race([stopped, victim.add(number, `victim ${number}`)]);
      restore();
      const survivor = openTexts(texts.home);
      const found = await survivor.newestText();
      const written = found === `victim ${number}`;
      if (result !== 'stopped') {
        expect(written).toBe(true);
      }
      if (!written) {
        expect(found).toBe(`text ${number - 1}`);
      }
      number += written ? 2 : 1;
      expect(await survivor.add(number - 1)).toBe('written');
      expect(await survivor.newestText()).toBe(`text ${number - 1}`);
      return result === 'stopped';
    }
    for (let reached = true, count = 1; reached; count += 1) {
      for (const when of ['before', 'after'] as const) {
        reached = await killAt(count, when);
        if (reached) {
          points += 1;
        }
      }
    }
    expect(points).toBeGreaterThan(20);
  });
});

describe(readNewestVersion.name, () => {
  it('reads null where there is nothing', async () => {
    expect(await readNewestVersion(join(temporaryFolder(), 'texts'))).toBeNull();
  });

  it('looks again when the newest was replaced and removed meanwhile', async () => {
    const texts = await makeTexts(1);
    const overtaker = openTexts(texts.home);
    const restore = interceptFiles(texts.folder, async (operation, _path, perform) => {
      if (operation !== 'readFile') {
        return perform();
      }
      restore();
      for (let number = 2; number <= 30; number += 1) {
        await overtaker.add(number);
      }
      return perform();
    });
    expect(await texts.newestText()).toBe('text 30');
  });

  it.each([
    ['an empty file', () => ''],
    ['a file cut in half', (text: string) => text.slice(0, text.length / 2)],
    ['another JSON', () => '{"format":1}'],
  ])('says that %s is damaged, without a piece of it', async (_name, damage) => {
    const texts = await makeTexts(3);
    const path = join(texts.folder, '00000003.json');
    await writeFile(path, damage(await readFile(path, 'utf8')));
    const error = await texts.newestText().catch((reason) => reason);
    expect(error).toMatchObject({
      name: 'StoreError',
      reason: 'invalid',
      message: expect.stringContaining(`${path} is damaged`),
    });
    expect(error.message).not.toContain('text 3');
    await rm(path);
    expect(await texts.newestText()).toBe('text 2');
  });

  it('asks for a newer program where a newer one has written', async () => {
    const texts = await makeTexts(1);
    await writeFile(join(texts.folder, '00000002.json'), '{"format":2,"sealed":{}}');
    await expect(texts.newestText()).rejects.toThrow(/newer version/);
  });

  it('takes no notice of files that are no versions', async () => {
    const texts = await makeTexts(2);
    for (const name of [
      '.DS_Store',
      'notes.txt',
      '3.json',
      '00000003.json.bak',
      '00000003.json~',
    ]) {
      await copyFile(join(texts.folder, '00000001.json'), join(texts.folder, name));
    }
    expect(await texts.newestText()).toBe('text 2');
  });
});

describe(nextCreatedAt.name, () => {
  it('is always later than the version before, also when the clock was set back', () => {
    vi.useFakeTimers({ now: 5_000 });
    expect(nextCreatedAt(null)).toBe(5_000);
    expect(nextCreatedAt({ number: 1, id: '', createdAt: 4_000, text: '' })).toBe(5_000);
    expect(nextCreatedAt({ number: 1, id: '', createdAt: 9_000, text: '' })).toBe(9_001);
    vi.useRealTimers();
  });
});

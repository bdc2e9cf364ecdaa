import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDurableFiles, type DurableFiles } from '../../../lib/folder/durable-files.ts';
import { changeHomeKey } from '../../../lib/folder/home-key.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { deriveKeysCheaply } from '../../fakes/cheap-scrypt.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const keys = deriveKeysCheaply();

const TEXT = '{"version":1}';

async function makeHome(passphrase?: string): Promise<string> {
  const home = join(temporaryFolder(), 'home');
  const { vault } = await openFolderHome({ home, passphrase });
  await vault.swap('default', null, TEXT, 'a'.repeat(32));
  return home;
}

async function opensWith(home: string, passphrase?: string): Promise<boolean> {
  try {
    const { vault } = await openFolderHome({ home, passphrase });
    return (await vault.read('default'))?.text === TEXT;
  } catch {
    return false;
  }
}

const change = (home: string, current: string | undefined, next: string | null) =>
  changeHomeKey(createDurableFiles(home), home, { current, next });

describe('a home under a passphrase', () => {
  it('derives its key once where it is made, and once where it is opened', async () => {
    const home = await makeHome('words');
    expect(keys.derived()).toBe(1);
    expect(await opensWith(home, 'words')).toBe(true);
    expect(keys.derived()).toBe(2);
  });

  it('is one home for two that make it at once under one passphrase', async () => {
    const home = join(temporaryFolder(), 'home');
    const opened = await Promise.all(
      ['words', 'words'].map((passphrase) => openFolderHome({ home, passphrase })),
    );
    await opened[0]?.vault.swap('default', null, TEXT, 'a'.repeat(32));
    expect((await opened[1]?.vault.read('default'))?.text).toBe(TEXT);
    expect(await opensWith(home, 'words')).toBe(true);
  });
});

describe(changeHomeKey.name, () => {
  it('changes a passphrase: the new one opens the home, the old one does not', async () => {
    const home = await makeHome('first');
    await change(home, 'first', 'second');
    expect(await opensWith(home, 'second')).toBe(true);
    expect(await opensWith(home, 'first')).toBe(false);
    await change(home, 'second', 'third');
    expect(await opensWith(home, 'third')).toBe(true);
  });

  it('puts a passphrase in place of a key file, which goes, and back', async () => {
    const home = await makeHome();
    await change(home, undefined, 'words');
    expect(existsSync(join(home, 'key'))).toBe(false);
    expect(await opensWith(home, 'words')).toBe(true);
    await change(home, 'words', null);
    expect(await opensWith(home)).toBe(true);
    expect(await opensWith(home, 'words')).toBe(false);
  });

  it.each([
    ['a wrong passphrase', 'wrong', /is not the one of/],
    ['no passphrase', undefined, /is sealed with a passphrase/],
  ])('changes nothing with %s', async (_what, current, message) => {
    const home = await makeHome('first');
    const before = readFileSync(join(home, 'home.json'), 'utf8');
    await expect(change(home, current, 'second')).rejects.toThrow(message);
    expect(readFileSync(join(home, 'home.json'), 'utf8')).toBe(before);
  });

  it('leaves a home that opens wherever it dies', async () => {
    for (const [current, next] of [
      [undefined, 'words'],
      ['words', 'others'],
      ['words', null],
    ] as const) {
      for (let survives = 0; survives < 3; survives++) {
        const home = await makeHome(current);
        const files = dyingAfter(survives, createDurableFiles(home));
        await changeHomeKey(files, home, { current, next }).catch(() => {});
        const opens = [await opensWith(home, current), await opensWith(home, next ?? undefined)];
        expect({ current, next, survives, opens: opens.includes(true) }).toMatchObject({
          opens: true,
        });
      }
    }
  });
});

/** Does so many writes, and refuses the next. */
function dyingAfter(writes: number, files: DurableFiles): DurableFiles {
  let left = writes;
  const count =
    <Args extends unknown[]>(write: (...args: Args) => Promise<void>) =>
    async (...args: Args) => {
      if (left-- <= 0) {
        throw new Error('killed');
      }
      return write(...args);
    };
  return { ...files, replace: count(files.replace), remove: count(files.remove) };
}

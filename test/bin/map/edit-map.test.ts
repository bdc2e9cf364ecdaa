import { describe, expect, it } from 'vitest';
import { editMap, setAt } from '../../../bin/map/edit-map.ts';
import { type Secrets, StoreError } from '../../../lambda/ports.ts';
import { createMemoryWorld, memoryPorts } from '../../fakes/memory-ports.ts';

const MAP = '{ "version": 1, "tenants": { "acme": { "refresh_token": "r1" } } }';

function world() {
  const memory = createMemoryWorld({ now: () => 1_790_000_000_000 }, ['default']);
  const { vault } = memoryPorts(memory, async (_effect, perform) => perform());
  return { memory, vault };
}

describe(editMap.name, () => {
  it('begins with an empty map where the secret has no value', async () => {
    const { memory, vault } = world();
    expect(
      await editMap(vault, 'default', (text) =>
        setAt(text, ['tenants', 'acme'], { provider: 'oauth2' }),
      ),
    ).toBe('changed');
    expect(JSON.parse(memory.vault.text('default'))).toEqual({
      version: 1,
      apps: {},
      tenants: { acme: { provider: 'oauth2' } },
    });
  });

  it('writes nothing where nothing changes', async () => {
    const { memory, vault } = world();
    memory.vault.save('default', MAP);
    expect(await editMap(vault, 'default', (text) => text)).toBe('unchanged');
    expect(memory.vault.versionCount('default')).toBe(1);
  });

  it('begins again with what somebody else has written meanwhile', async () => {
    const { memory, vault } = world();
    memory.vault.save('default', MAP);
    let others = 2;
    const edited = await editMap(vault, 'default', (text) => {
      if (others-- > 0) {
        memory.vault.save('default', setAt(text, ['tenants', `other-${others}`], {}));
      }
      return setAt(text, ['tenants', 'mine'], {});
    });
    expect(edited).toBe('changed');
    expect(Object.keys(JSON.parse(memory.vault.text('default')).tenants)).toEqual([
      'acme',
      'other-1',
      'other-0',
      'mine',
    ]);
  });

  it('takes its own swap for done whose answer was lost', async () => {
    const { memory, vault } = world();
    memory.vault.save('default', MAP);
    let swaps = 0;
    const lossy: Secrets = {
      ...vault,
      async swap(...args) {
        swaps += 1;
        await vault.swap(...args);
        throw new StoreError('unavailable', 'the answer was lost');
      },
    };
    const add = (text: string) => {
      if (text.includes('mine')) {
        throw new Error('it exists already');
      }
      return setAt(text, ['tenants', 'mine'], {});
    };
    expect(await editMap(lossy, 'default', add)).toBe('changed');
    expect(swaps).toBe(1);
  });

  it('gives up in the end, and when the store refuses for good', async () => {
    const { memory, vault } = world();
    memory.vault.save('default', MAP);
    const edit = (text: string) => setAt(text, ['tenants', 'mine'], {});
    await expect(
      editMap({ ...vault, swap: async () => 'refused' }, 'default', edit),
    ).rejects.toThrow('kept changing');
    const denied = async () => Promise.reject(new StoreError('denied', 'no right to write'));
    await expect(editMap({ ...vault, swap: denied }, 'default', edit)).rejects.toThrow(
      'no right to write',
    );
  });

  it('says why the store never took it, where nobody else was faster', async () => {
    const { memory, vault } = world();
    memory.vault.save('default', MAP);
    const full = async () => Promise.reject(new StoreError('unavailable', 'the disk is full'));
    const edited = editMap({ ...vault, swap: full }, 'default', (text) =>
      setAt(text, ['tenants', 'mine'], {}),
    );
    await expect(edited).rejects.toThrow('the disk is full');
  });

  it('writes no text that is no map, and edits none', async () => {
    const { memory, vault } = world();
    memory.vault.save('default', MAP);
    await expect(editMap(vault, 'default', () => '{ "version": 1')).rejects.toThrow('not JSON');
    memory.vault.save('default', '["not a map"]');
    await expect(editMap(vault, 'default', (text) => text)).rejects.toThrow('not an object');
    memory.vault.save('default', undefined);
    await expect(editMap(vault, 'default', (text) => text)).rejects.toThrow('SecretBinary');
    expect(memory.vault.versionCount('default')).toBe(3);
  });
});

describe(setAt.name, () => {
  it('changes one value, and keeps every other byte of a text in one line', () => {
    expect(
      setAt('{"version":1,"n":1e400,"tenants":{"a":{"x":1},"b":{}}}', ['tenants', 'a', 'x'], 'y'),
    ).toBe('{"version":1,"n":1e400,"tenants":{"a":{"x":"y"},"b":{}}}');
  });

  it('takes a value away', () => {
    expect(setAt('{"tenants":{"a":{"x":1},"b":{}}}', ['tenants', 'a'], undefined)).toBe(
      '{"tenants":{"b":{}}}',
    );
  });
});

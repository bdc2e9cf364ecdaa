import { describe, expect, it } from 'vitest';
import { auditedHome } from '../../../bin/audit/audited-home.ts';
import { changedNames } from '../../../bin/audit/changed-names.ts';
import { readEdits } from '../../../bin/audit/read-edits.ts';
import type { Home } from '../../../bin/homes/home.ts';
import { editMap, setAt } from '../../../bin/map/edit-map.ts';
import { StoreError } from '../../../lambda/ports.ts';
import { createSimulation, type Simulation } from '../../fakes/simulation.ts';

const MARK = 'canary-4711';

function homeOf(sim: Simulation, more: Partial<Home> = {}): Home {
  return {
    kind: 'folder',
    title: 'home',
    ports: sim.ports(),
    rotate: () => sim.rotate(),
    refresh: async () => ({ status: 'skipped' }),
    addShard: async () => {},
    connectPage: null,
    rhythm: { expression: null, timeZone: 'UTC', keepFresh: false },
    mayRun: async () => 'here',
    caller: async () => 'ann@laptop',
    ...more,
  };
}

function openScene(more: Partial<Home> = {}, isOneEdit = false) {
  const sim = createSimulation();
  sim.save('default', { tenants: { acme: { refresh_token: MARK } }, apps: {} });
  const notes: string[] = [];
  const home = auditedHome(homeOf(sim, more), {
    verb: 'set',
    isOneEdit,
    note: (text) => notes.push(text),
  });
  const setTitle = (title: string) =>
    editMap(home.ports.vault, 'default', (text) =>
      setAt(text, ['tenants', 'acme', 'title'], title),
    );
  const edits = () => readEdits(sim.ports(), 'acme', '');
  return { sim, home, notes, setTitle, edits };
}

describe(auditedHome.name, () => {
  it('leaves a line for an edit: what was typed, by whom, on which tenant', async () => {
    const { setTitle, edits, sim } = openScene();
    await setTitle('Acme');
    expect(await edits()).toEqual([
      {
        version: 1,
        at: new Date(sim.clock.now()).toISOString(),
        verb: 'set',
        by: 'ann@laptop',
        shard: 'default',
        tenants: ['acme'],
        apps: [],
      },
    ]);
    expect(JSON.stringify(await edits())).not.toContain(MARK);
  });

  it('leaves none where nothing changed', async () => {
    const { setTitle, edits } = openScene();
    await setTitle('Acme');
    await setTitle('Acme');
    expect(await edits()).toHaveLength(1);
  });

  it('leaves one for an edit whose answer was lost', async () => {
    const sim = createSimulation();
    sim.save('default', { tenants: { acme: {} }, apps: {} });
    const home = homeOf(sim);
    const { vault } = home.ports;
    let lost = 0;
    const swap: typeof vault.swap = async (...args) => {
      const swapped = await vault.swap(...args);
      if (lost++ === 0) {
        throw new StoreError('unavailable', 'no answer');
      }
      return swapped;
    };
    const ports = { ...home.ports, vault: { ...vault, swap } };
    const audited = auditedHome(
      { ...home, ports },
      { verb: 'set', isOneEdit: false, note: () => {} },
    );
    await editMap(audited.ports.vault, 'default', (text) =>
      setAt(text, ['tenants', 'acme', 'title'], 'Acme'),
    );
    expect(await readEdits(sim.ports(), 'acme', '')).toHaveLength(1);
  });

  it('leaves one for an edit that changes no map', async () => {
    const { home, edits } = openScene();
    await home.noteEdit('default', ['acme']);
    expect(await edits()).toMatchObject([{ verb: 'set', shard: 'default', tenants: ['acme'] }]);
  });

  it('leaves one for a tenant that one edit writes several times', async () => {
    const { home, setTitle, edits, sim } = openScene({}, true);
    await setTitle('Acme');
    await setTitle('Acme Ltd');
    await home.noteEdit('eu', ['acme', 'brandx']);
    expect(await edits()).toHaveLength(1);
    expect(await readEdits(sim.ports(), 'brandx', '')).toMatchObject([{ tenants: ['brandx'] }]);
  });

  it('leaves none for a rotation', async () => {
    const { home, edits } = openScene();
    await home.rotate({} as Parameters<Home['rotate']>[0]);
    expect(await edits()).toEqual([]);
  });

  it('says so where the line could not be archived, and makes the edit', async () => {
    const caller = async () => {
      throw new StoreError('denied', 'permission sts:GetCallerIdentity is missing');
    };
    const { setTitle, notes, sim } = openScene({ caller });
    await setTitle('Acme');
    expect(sim.map().tenants.acme?.title).toBe('Acme');
    expect(notes).toEqual([expect.stringContaining('sts:GetCallerIdentity')]);
  });
});

describe(changedNames.name, () => {
  const map = (more: object) => JSON.stringify({ version: 1, ...more });

  it('names what was added, changed and taken away', () => {
    const before = map({ tenants: { a: { x: 1 }, b: {}, c: {} }, apps: { p: {} } });
    const after = map({ tenants: { a: { x: 2 }, b: {}, d: {} }, apps: {} });
    expect(changedNames(before, after)).toEqual({ tenants: ['a', 'c', 'd'], apps: ['p'] });
  });

  it('names everything of a first map, and no key that is no name', () => {
    expect(changedNames(null, map({ tenants: { a: {}, '../x': {} } }))).toEqual({
      tenants: ['a'],
      apps: [],
    });
    expect(changedNames('{', map({ tenants: { a: {} } })).tenants).toEqual(['a']);
  });
});

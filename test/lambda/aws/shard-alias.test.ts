import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shardAlias, shardOfAlias } from '../../../lambda/aws/shard-alias.ts';

const shard = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$/);

describe(shardAlias.name, () => {
  it.each([
    ['default', 'shard-default'],
    ['eu.west_1', 'shard-eu_dwest_u1'],
    ['2026', 'shard-2026'],
    ['a_d.u', 'shard-a_ud_du'],
  ])('names the alias of %s %s', (name, alias) => {
    expect(shardAlias(name)).toBe(alias);
    expect(shardOfAlias(alias)).toBe(name);
  });

  it('gives each shard an alias of its own that Lambda takes', () => {
    fc.assert(
      fc.property(shard, (name) => {
        expect(shardAlias(name)).toMatch(/^(?!\d+$)[a-zA-Z0-9-_]{1,128}$/);
        expect(shardOfAlias(shardAlias(name))).toBe(name);
      }),
    );
  });
});

describe(shardOfAlias.name, () => {
  it.each(['live', 'shard-', 'shard-a_b', 'shard-a.b', 'shard-_u', '$LATEST', '3'])(
    'takes %s for none',
    (alias) => {
      expect(shardOfAlias(alias)).toBeNull();
    },
  );
});

import { describe, expect, it } from 'vitest';
import { isMeant, traitsOf } from '../../../lambda/map/tenant-filter.ts';

const map = {
  definitions: new Map(),
  apps: new Map<string, unknown>([['lwa', { provider: 'amazon-ads' }]]),
  tenants: new Map<string, unknown>([
    ['acme', { app: 'lwa', tags: ['eu', 'gold'] }],
    ['own', { app: 'lwa', provider: 'oauth2', tags: 'eu' }],
    ['broken', 7],
    ['orphan', { app: 'gone', tags: [1, 'eu'] }],
  ]),
};
const meant = (filter: object) =>
  [...map.tenants.keys()].filter((name) =>
    isMeant({ provider: null, app: null, tag: null, ...filter }, traitsOf(name, map)),
  );

describe(isMeant.name, () => {
  it.each([
    [{}, ['acme', 'own', 'broken', 'orphan']],
    [{ provider: 'amazon-ads' }, ['acme']],
    [{ provider: 'oauth2' }, ['own']],
    [{ app: 'lwa' }, ['acme', 'own']],
    [{ tag: 'eu' }, ['acme', 'orphan']],
    [{ app: 'lwa', tag: 'gold' }, ['acme']],
    [{ app: 'lwa', tag: 'us' }, []],
  ])('means by %j: %j', (filter, names) => expect(meant(filter)).toEqual(names));
});

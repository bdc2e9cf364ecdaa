import { describe, expect, it } from 'vitest';
import type { TenantStatus } from '../../../bin/status/fleet-status.ts';
import { isChosen } from '../../../bin/status/status-filter.ts';

const all = {
  provider: null,
  app: null,
  tag: null,
  names: null,
  failing: false,
  endsBefore: null,
};
const status = {
  tenant: 'acme',
  provider: 'amazon-ads',
  app: 'lwa',
  tags: ['eu'],
  next_step: null,
  ends: [{ kind: 'consent', at: '2027-01-10T00:00:00.000Z', sliding: false, told: false }],
} as unknown as TenantStatus;

describe(isChosen.name, () => {
  it.each([
    [{}, true],
    [{ names: new Set(['acme']) }, true],
    [{ names: new Set(['other']) }, false],
    [{ failing: true }, false],
    [{ tag: 'eu', app: 'lwa' }, true],
    [{ tag: 'us' }, false],
    [{ endsBefore: '2027-02-01T00:00:00.000Z' }, true],
    [{ endsBefore: '2027-01-01T00:00:00.000Z' }, false],
  ])('for %j: %s', (limits, chosen) =>
    expect(isChosen(status, { ...all, ...limits })).toBe(chosen),
  );
});

import { describe, expect, it } from 'vitest';
import { planFleet } from '../../bin/plan/plan-fleet.ts';
import type { PlannedTenant } from '../../bin/plan/planned-tenant.ts';
import { plannedFleet } from '../fakes/planned-fleet.ts';
import { readPage } from './read-page.ts';

const NOW = new Date('2026-11-26T00:00:00.000Z');

function rowOf(tenants: number, keepFresh: boolean): string {
  const { shards, dollars_a_month: dollars } = plan(fleetOf(tenants), keepFresh);
  const { total, ...parts } = dollars;
  const cells = [
    `${tenants.toLocaleString('en')} (${shards.length}), ${keepFresh ? 'keepFresh' : 'weekly'}`,
    ...Object.values(parts).map((part) => part.toFixed(2)),
    `**${total.toFixed(2)}**`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function plan(fleet: PlannedTenant[], keepFresh: boolean) {
  const weekly = { expression: 'cron(17 5 ? * SUN *)', timeZone: 'UTC', memoryMb: 512 };
  return planFleet(fleet, { ...weekly, keepFresh }, NOW);
}

/** As many shards as are needed, and as many tenants in each. */
function fleetOf(tenants: number): PlannedTenant[] {
  const all = plannedFleet(tenants);
  const { shards_needed: shards } = plan(all, false);
  return all.map((tenant, n) => ({ ...tenant, shard: `s${n % shards}` }));
}

describe('the costs in lib/README.md', () => {
  it.each([false, true])('are those of tokens plan (keepFresh: %s)', (keepFresh) => {
    const { text } = readPage('lib/README.md');
    const rows = [10, 100, 1_000, 10_000].map((tenants) => rowOf(tenants, keepFresh));
    expect(text).toContain(rows.join('\n'));
  });
});

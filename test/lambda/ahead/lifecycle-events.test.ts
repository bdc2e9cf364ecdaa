import { describe, expect, it } from 'vitest';
import {
  type EventTenant,
  runFinished,
  shardFailed,
  tenantConnected,
  tenantEnding,
  tenantFailing,
  tenantRecovered,
} from '../../../lambda/ahead/event-builders.ts';
import { groupEvents } from '../../../lambda/ahead/group-events.ts';
import { putIn, takeOut } from '../../../lambda/ahead/outbox.ts';
import { eventsOfChange, type TenantChange } from '../../../lambda/ahead/tenant-changes.ts';
import type { LifecycleEvent } from '../../../lambda/lifecycle-event.ts';
import { describeFailure } from '../../../lambda/report/failure.ts';
import { schemaFaults } from '../../fakes/event-schema.ts';
import { makeOutcome, makeReport } from '../../fakes/report.ts';

const AT = '2026-11-22T02:17:03.120Z';
const KEY = 'responses/default/00000042-2026-11-22T02:17:03.120Z/acme-1.json';
const about: EventTenant = {
  tenant: 'acme',
  shard: 'default',
  provider: 'amazon-ads',
  app: 'agency-lwa',
  title: 'Acme',
  owner: 'Ann',
  contact: 'ann@agency.example',
  tags: ['eu'],
};
const error = describeFailure('needs_authorization', { tenant: 'acme' });
const end = {
  kind: 'consent',
  at: '2026-12-01T00:00:00.000Z',
  sliding: false,
  told: true,
} as const;
const bare = {
  ...about,
  provider: null,
  app: null,
  title: null,
  owner: null,
  contact: null,
  tags: [],
};

function failingOf(tenant: string): LifecycleEvent {
  return tenantFailing({ ...about, tenant }, error, { since: AT, exchangeKey: `key/${tenant}` });
}

describe('lifecycle events', () => {
  it.each<[string, LifecycleEvent]>([
    ['a failing tenant', failingOf('acme')],
    [
      'a failing tenant of which little is known',
      tenantFailing(bare, error, { since: AT, exchangeKey: null }),
    ],
    ['a recovered tenant', tenantRecovered(about, 'throttled', { at: AT, exchangeKey: KEY })],
    ['a connected tenant', tenantConnected(about, { consentedAt: AT, exchangeKey: KEY })],
    ['an end', tenantEnding(about, end, { threshold: 14, at: AT })],
    ['a run', runFinished(makeReport([makeOutcome('acme', 'rotated')]))],
    [
      'a shard',
      shardFailed({ shard: 'eu', code: 'commit_failed', message: 'm', next_step: 'n' }, AT),
    ],
  ])('are as the schema says for %s', (_, event) => {
    expect(schemaFaults(event)).toEqual([]);
    expect(event.detail.version).toBe(1);
  });

  it('name the people who can act', () => {
    expect(failingOf('acme').detail).toMatchObject({
      owner: 'Ann',
      contact: 'ann@agency.example',
      tags: ['eu'],
    });
  });

  it('carry an id that tells a repeated event from a new one', () => {
    const ending = (threshold: 14 | 7) => tenantEnding(about, end, { threshold, at: AT }).detail.id;
    expect(ending(14)).toBe(tenantEnding(about, end, { threshold: 14, at: 'later' }).detail.id);
    expect(ending(14)).not.toBe(ending(7));
    expect(failingOf('acme').detail.id).toBe('key/acme');
  });

  it('are refused by the schema where a field is missing or a name is none', () => {
    const [first] = [failingOf('acme')];
    const { error: _, ...detail } = first.detail;
    expect(schemaFaults({ type: 'Tenant Failing', detail } as LifecycleEvent)).not.toEqual([]);
    expect(schemaFaults(failingOf('../x'))).not.toEqual([]);
  });
});

describe(groupEvents.name, () => {
  const run = { runId: 'run-1', reportKey: 'runs/x.json', at: AT };
  const many = (count: number) => Array.from({ length: count }, (_, n) => failingOf(`t${n}`));

  it('leaves 50 events of one cause as they are', () => {
    expect(groupEvents(many(50), run)).toHaveLength(50);
  });

  it('tells more of one cause as one, with the key of the list', () => {
    const other = tenantConnected(about, { consentedAt: AT, exchangeKey: KEY });
    const events = groupEvents([...many(51), other], run);
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({
      type: 'Tenant Failing',
      detail: {
        version: 1,
        count: 51,
        list_key: 'runs/x.json',
        app: 'agency-lwa',
        error: { code: 'needs_authorization' },
      },
    });
    expect(events.flatMap(schemaFaults)).toEqual([]);
    expect(events[0]?.detail).not.toHaveProperty('owner');
  });
});

describe('the outbox', () => {
  it('keeps what waits, and takes an event in once', () => {
    const box = putIn(putIn([], [failingOf('a')]), [failingOf('a'), failingOf('b')]);
    expect(box.map(({ detail }) => detail.id)).toEqual(['key/a', 'key/b']);
    expect(takeOut(box, new Set(['key/a'])).map(({ detail }) => detail.id)).toEqual(['key/b']);
  });

  it('lets the oldest go where the bus took nothing for weeks', () => {
    const events = Array.from({ length: 501 }, (_, n) => failingOf(`t${n}`));
    const box = putIn([], events);
    expect(box).toHaveLength(500);
    expect(box[0]?.detail.id).toBe('key/t1');
  });
});

describe(eventsOfChange.name, () => {
  const change: TenantChange = {
    about,
    error: null,
    consentedAt: null,
    told: { failing: null, consent: null },
    isCommitted: true,
    consentKey: KEY,
    exchangeKey: KEY,
  };
  const typesOf = (more: Partial<TenantChange>) =>
    eventsOfChange({ ...change, ...more }, AT).map(({ type }) => type);
  const failing = { since: AT, failure: describeFailure('throttled', { tenant: 'acme' }) };
  const toldOf = (code: string | null, consent: string | null = null) => ({
    told: { failing: code, consent },
  });

  it('says nothing where nothing changed', () => {
    expect(typesOf({})).toEqual([]);
    expect(typesOf({ ...toldOf('throttled'), error: failing })).toEqual([]);
    expect(typesOf({ ...toldOf(null, AT), consentedAt: AT })).toEqual([]);
  });

  it('tells a failure, another failure, and that it is over', () => {
    expect(typesOf({ error: failing })).toEqual(['Tenant Failing']);
    expect(typesOf({ ...toldOf('app_rejected'), error: failing })).toEqual(['Tenant Failing']);
    expect(typesOf(toldOf('throttled'))).toEqual(['Tenant Recovered']);
  });

  it('tells a consent, of a tenant that failed before it as well', () => {
    expect(typesOf({ consentedAt: AT })).toEqual(['Tenant Connected']);
    const both = ['Tenant Connected', 'Tenant Recovered'];
    expect(typesOf({ ...toldOf('throttled'), consentedAt: AT })).toEqual(both);
  });

  it('tells no consent before it is committed', () => {
    expect(typesOf({ consentedAt: AT, isCommitted: false })).toEqual([]);
  });

  it('tells no old consents where the state was built again', () => {
    expect(typesOf({ consentedAt: '2026-01-01T00:00:00.000Z' })).toEqual([]);
  });
});

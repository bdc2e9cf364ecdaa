import { describe, expect, it } from 'vitest';
import {
  asksForDrill,
  asksToRedeem,
  asksToWatch,
  EventError,
  parseDrillEvent,
  parseEvent,
  parseRedeemEvent,
  parseRefreshEvent,
  parseWatchEvent,
  toWatchEvent,
} from '../../lambda/event.ts';

const everything = {
  tenants: null,
  provider: null,
  app: null,
  tag: null,
  shard: null,
  expiring_within_seconds: null,
  dry_run: false,
};

const scheduled = {
  version: '0',
  id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
  'detail-type': 'Scheduled Event',
  source: 'aws.scheduler',
  account: '123456789012',
  time: '2026-11-22T02:17:00Z',
  region: 'eu-west-1',
  resources: ['arn:aws:scheduler:eu-west-1:123456789012:schedule/default/weekly'],
  detail: '{}',
};

describe(parseEvent.name, () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ["the scheduler's own event", scheduled],
    ["a rule's own event", { ...scheduled, source: 'aws.events', detail: {} }],
  ])('takes %s for every enabled tenant', (_what, event) => {
    expect(parseEvent(event)).toEqual(everything);
  });

  it.each([
    [{ tenant: 'acme' }, { tenants: ['acme'] }],
    [{ tenants: ['b', 'a', 'b'] }, { tenants: ['b', 'a'] }],
    [{ provider: 'amazon-ads' }, { provider: 'amazon-ads' }],
    [{ app: 'agency-lwa' }, { app: 'agency-lwa' }],
    [{ tag: 'müller & co' }, { tag: 'müller & co' }],
    [{ provider: 'of-my-own' }, { provider: 'of-my-own' }],
    [{ shard: 'eu' }, { shard: 'eu' }],
    [{ expiring_within_seconds: 2700 }, { expiring_within_seconds: 2700 }],
    [{ expiring_within_seconds: 0.5 }, { expiring_within_seconds: 0.5 }],
    [{ dry_run: true }, { dry_run: true }],
    [{ dry_run: false }, {}],
    [
      { tenant: 'acme', provider: 'oauth2', shard: 'eu', dry_run: true },
      { tenants: ['acme'], provider: 'oauth2', shard: 'eu', dry_run: true },
    ],
  ])('reads %j', (event, request) => {
    expect(parseEvent(event)).toEqual({ ...everything, ...request });
  });

  it.each([
    'tenent',
    'Tenant',
    'tenantS',
    'dryRun',
    'dry-run',
    'detail',
    'refused',
    'constructor',
    '__proto__',
    'toString',
  ])('refuses the key %s, and says which there are', (key) => {
    const event: unknown = JSON.parse(`{"${key}": {}}`);
    expect(() => parseEvent(event)).toThrow(EventError);
    expect(() => parseEvent(event)).toThrow(
      `"${key}". Known are: tenant, tenants, provider, app, tag, shard, expiring_within_seconds, dry_run.`,
    );
  });

  it.each([
    ['tenant', [1, null, '', ['a'], { a: 1 }, '../x', '__proto__', 'a/b', 'x'.repeat(65)]],
    ['tenants', ['acme', [], [1], ['a', ''], ['a', '../x'], null, {}]],
    ['provider', ['', 'a/b', null, 1, ['amazon-ads'], '__proto__']],
    ['app', ['', 'a/b', null, 1, {}]],
    ['tag', ['', 'x'.repeat(65), null, 1, ['eu']]],
    ['shard', ['', 'a/b', null, 1]],
    ['expiring_within_seconds', ['2700', 0, -1, Number.NaN, Number.POSITIVE_INFINITY, null, true]],
    ['dry_run', ['true', 1, 0, null, {}]],
  ])('names %s when its value is of the wrong type', (key, values) => {
    for (const value of values) {
      expect(() => parseEvent({ [key]: value }), JSON.stringify(value)).toThrow(
        new RegExp(`^"${key}" in the event must be `),
      );
    }
  });

  it('refuses both ways to name tenants at once', () => {
    expect(() => parseEvent({ tenant: 'a', tenants: ['a'] })).toThrow(
      'both "tenant" and "tenants"',
    );
  });

  it.each([['[]'], ['"acme"'], ['1'], ['true']])('refuses %s, which is no object', (json) => {
    const event: unknown = JSON.parse(json);
    expect(() => parseEvent(event)).toThrow('must be a JSON object');
  });

  it('takes nothing for a schedule that only looks like one', () => {
    const { id: _id, ...withoutId } = scheduled;
    const others = [
      withoutId,
      { ...scheduled, tenant: 'acme' },
      { ...scheduled, source: 'aws.s3' },
      { ...scheduled, 'detail-type': 'Object Created' },
      { ...scheduled, detail: { tenant: 'acme' } },
      { ...scheduled, detail: '{"tenant":"acme"}' },
    ];
    for (const event of others) {
      expect(() => parseEvent(event)).toThrow(EventError);
    }
  });

  it('never repeats a value, nor a key that looks like one', () => {
    const canary = 'Atzr|canary-0123456789';
    const events = [
      canary,
      [canary],
      { [canary]: 1 },
      { ['canary'.repeat(10)]: 1 },
      ...['tenant', 'provider', 'shard', 'expiring_within_seconds', 'dry_run'].map((key) => ({
        [key]: canary,
      })),
      { tenants: [canary] },
    ];
    for (const event of events) {
      expect(() => parseEvent(event)).toThrow(EventError);
      expect(() => parseEvent(event)).not.toThrow(/canary/);
    }
  });
});

describe(parseRefreshEvent.name, () => {
  it('reads the tenant, its shard, and the refused token', () => {
    expect(parseRefreshEvent({ tenant: 'acme' }, null)).toEqual({
      tenant: 'acme',
      shard: 'default',
      refused: null,
    });
    const event = { tenant: 'acme', shard: 'eu', refused: '0123456789abcdef' };
    expect(parseRefreshEvent(event, null)).toEqual(event);
  });

  it('takes the granted shard, named or not', () => {
    expect(parseRefreshEvent({ tenant: 'acme' }, 'eu')).toMatchObject({ shard: 'eu' });
    expect(parseRefreshEvent({ tenant: 'acme', shard: 'eu' }, 'eu')).toMatchObject({ shard: 'eu' });
  });

  it.each(['us', 'default'])('refuses shard %s of a caller that was granted eu', (shard) => {
    expect(() => parseRefreshEvent({ tenant: 'acme', shard }, 'eu')).toThrow(
      `The event names shard ${shard}, and the alias that was invoked is for eu alone.`,
    );
  });

  it.each([
    [undefined, 'must name a "tenant"'],
    [{}, 'must name a "tenant"'],
    [scheduled, 'unknown keys'],
    [{ tenant: 'acme', tenants: ['acme'] }, '"tenants". Known are: tenant, shard, refused.'],
    [{ tenant: 'acme', dry_run: true }, '"dry_run"'],
    [{ tenant: 1 }, '"tenant" in the event must be'],
    [{ tenant: 'acme', shard: '' }, '"shard" in the event must be'],
    [{ tenant: 'acme', refused: 'Atza|token' }, '"refused" in the event must be'],
    [{ tenant: 'acme', refused: '0123456789ABCDEF' }, '"refused" in the event must be'],
    [{ tenant: 'acme', refused: null }, '"refused" in the event must be'],
  ])('refuses %j', (event, message) => {
    expect(() => parseRefreshEvent(event, null)).toThrow(message);
  });
});

describe(parseDrillEvent.name, () => {
  it('takes a drill of every shard, or of one', () => {
    expect(parseDrillEvent({ drill: true })).toBeNull();
    expect(parseDrillEvent({ drill: true, shard: 'eu' })).toBe('eu');
    expect([asksForDrill({ drill: true }), asksForDrill({}), asksForDrill('drill')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([
    [{ drill: false }],
    [{ drill: 'true' }],
    [{ drill: true, tenant: 'acme' }],
    [{ drill: true, dry_run: true }],
    [{ drill: true, shard: '../x' }],
  ])('refuses %j', (event) => expect(() => parseDrillEvent(event)).toThrow(EventError));
});

describe(parseWatchEvent.name, () => {
  const watch = '0b7c3e5a-9d21-4f4e-8a54-3f1f6f2c9a10';

  it.each([null, '0123456789abcdef'])('reads what toWatchEvent wrote, refused: %s', (refused) => {
    const handed = { watch, request: { tenant: 'acme', shard: 'eu', refused } };
    const event: unknown = JSON.parse(JSON.stringify(toWatchEvent(handed)));
    expect(asksToWatch(event)).toBe(true);
    expect(parseWatchEvent(event, 'eu')).toEqual(handed);
  });

  it('refuses another shard than the granted one', () => {
    const request = { tenant: 'acme', shard: 'us', refused: null };
    expect(() => parseWatchEvent(toWatchEvent({ watch, request }), 'eu')).toThrow('for eu alone');
  });

  it.each([
    [{ watch }, 'must name a "tenant"'],
    [{ watch, tenant: 'acme' }, '"tenant". Known are: watch, refresh.'],
    [{ watch: 'acme', refresh: { tenant: 'acme' } }, '"watch" in the event must be'],
    [{ watch: null, refresh: { tenant: 'acme' } }, '"watch" in the event must be'],
    [{ watch, refresh: { tenant: 'acme', watch } }, '"watch". Known are: tenant'],
  ])('refuses %j', (event, message) => {
    expect(() => parseWatchEvent(event, null)).toThrow(message);
  });
});

describe(parseRedeemEvent.name, () => {
  const id = 'a'.repeat(26);

  it('takes the id of a link', () => {
    expect(parseRedeemEvent({ connect: id })).toBe(id);
    expect(asksToRedeem({ connect: id })).toBe(true);
    expect(asksToRedeem({ tenant: 'acme' })).toBe(false);
    expect(asksToRedeem(null)).toBe(false);
  });

  it.each([
    ['no link', {}],
    ['an id that is none', { connect: '../x' }],
    ['a secret', { connect: 'a'.repeat(78) }],
    ['another key', { connect: id, tenant: 'acme' }],
    ['no object', 'connect'],
  ])('refuses %s', (_what, event) => expect(() => parseRedeemEvent(event)).toThrow(EventError));
});

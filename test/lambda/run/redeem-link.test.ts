import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { splitShard } from '../../../bin/shards/split-shard.ts';
import { parseEvent } from '../../../lambda/event.ts';
import { StoreError } from '../../../lambda/ports.ts';
import { redeemLink } from '../../../lambda/run/redeem-link.ts';
import { rotate } from '../../../lambda/run/rotate.ts';
import { consentByLink } from '../../fakes/consented.ts';
import { createEventBus } from '../../fakes/event-bus.ts';
import { schemaFaults } from '../../fakes/event-schema.ts';
import { told } from '../../fakes/news-scene.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';
import { oauth2Entry } from '../../fakes/simulation.ts';

const options = (scene: Scene) => ({
  runId: randomUUID(),
  deadlineAt: scene.clock.now() + 600_000,
});
const redeem = (scene: Scene, id: string) => redeemLink(scene.openPorts(), id, options(scene));

/** An entry whose client has never consented. */
function newcomer(account: string): Record<string, unknown> {
  const { refresh_token: _, ...entry } = oauth2Entry(account, '');
  return entry;
}

describe(redeemLink.name, () => {
  it('connects a tenant that never held a credential', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: newcomer('acme') } });
    const { id, link, attempt, code } = consentByLink(scene, 'acme');
    expect(await redeem(scene, id)).toEqual({ link: id, result: 'redeemed' });
    expect(scene.isSafe('acme')).toBe(true);
    expect(scene.published().acme?.access_token).toBe(scene.server.newestAccessToken('acme'));
    expect(link()).toMatchObject({
      status: { kind: 'connected' },
      results: [{ attempt, result: 'connected' }],
    });
    expect(JSON.stringify(scene.map())).not.toContain(code);
    const sent = scene.http.sent.at(-1)?.request.body ?? '';
    expect(new URLSearchParams(sent).get('redirect_uri')).toBe(
      'https://connect.example/callback/oauth2',
    );
    expect(new URLSearchParams(sent).get('code_verifier')).toBe('the-verifier');
  });

  it('puts the new consent in the place of a dead credential, and every other byte stays', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: { ...scene.tenant('acme'), note: 'x' } } });
    await scene.run();
    const before = scene.map();
    const { id, link } = consentByLink(scene, 'acme');
    await redeem(scene, id);
    expect(scene.isSafe('acme')).toBe(true);
    expect(link().status.kind).toBe('connected');
    const { refresh_token: _, ...after } = scene.map().tenants.acme ?? {};
    const { refresh_token: __, ...was } = before.tenants.acme ?? {};
    expect(after).toEqual(was);
  });

  it('tells at once who connected, and what recovered by it', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.server.reissue('acme');
    const bus = createEventBus();
    const ports = { ...scene.openPorts(), events: bus };
    await rotate(ports, parseEvent({}), options(scene));
    const { id } = consentByLink(scene, 'acme');
    await redeemLink(ports, id, options(scene));
    await rotate(ports, parseEvent({}), options(scene));
    expect(bus.taken.map(({ type }) => type)).toEqual([
      'Tenant Failing',
      'Tenant Connected',
      'Tenant Recovered',
    ]);
    expect(bus.taken.flatMap(schemaFaults)).toEqual([]);
  });

  it('leaves the mail that a tenant is well again to a run that sends one', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    scene.server.reissue('acme');
    expect(outcomeOf(await scene.run(), 'acme').newly_failing).toBe(true);
    await redeem(scene, consentByLink(scene, 'acme').id);
    expect(outcomeOf(await scene.run(), 'acme').healed).toBe(true);
    expect(outcomeOf(await scene.run(), 'acme')).not.toHaveProperty('healed');
  });

  it('lets no mail speak of a failure that came and went between two of them', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run();
    scene.http.reply('acme', jsonReply(400, { error: 'invalid_grant' }));
    scene.clock.jump(2 * 3_600_000);
    expect(await scene.refresh({ tenant: 'acme' })).toMatchObject({ status: 'failed' });
    await redeem(scene, consentByLink(scene, 'acme').id);
    const outcome = outcomeOf(await scene.run(), 'acme');
    expect(outcome).toMatchObject({ status: 'rotated' });
    expect(outcome).not.toHaveProperty('healed');
    expect(outcome).not.toHaveProperty('newly_failing');
  });

  it('leaves what ends to a run whose report somebody reads', async () => {
    const scene = createScene();
    const soon = new Date(scene.clock.now() + 5 * 86_400_000).toISOString();
    scene.save('default', { tenants: { acme: { ...newcomer('acme'), secret_expires_at: soon } } });
    const { id } = consentByLink(scene, 'acme');
    const bus = createEventBus();
    const ports = { ...scene.openPorts(), events: bus };
    await redeemLink(ports, id, options(scene));
    expect(told(bus)).toEqual(['Tenant Connected acme']);
    const { endings } = await rotate(ports, parseEvent({}), options(scene));
    expect(endings).toMatchObject([{ tenant: 'acme', threshold_days: 7 }]);
  });

  it('asks nobody else', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: newcomer('acme'), brandx: scene.tenant('brandx') } });
    const { id } = consentByLink(scene, 'acme');
    await redeem(scene, id);
    expect(scene.http.sent.length).toBe(1);
  });

  it('is done once: asked again, it sends nothing', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: newcomer('acme') } });
    const { id } = consentByLink(scene, 'acme');
    await redeem(scene, id);
    expect(await redeem(scene, id)).toEqual({ link: id, result: 'nothing' });
    expect(scene.http.sent.length).toBe(1);
  });

  it('goes along with any run of the shard', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: newcomer('acme'), brandx: scene.tenant('brandx') } });
    const { link } = consentByLink(scene, 'acme');
    const report = await scene.run({ tenants: ['brandx'] });
    expect(outcomeOf(report, 'acme')).toMatchObject({
      status: 'rotated',
      grant_type: 'authorization_code',
    });
    expect(link().status.kind).toBe('connected');
  });

  it('says that a code is too late, and sends it to nobody', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: newcomer('acme') } });
    const { id, link } = consentByLink(scene, 'acme');
    await scene.clock.forProcess(() => false).sleep(301_000);
    await redeem(scene, id);
    expect(scene.http.sent).toEqual([]);
    expect(link()).toMatchObject({ status: { kind: 'open' }, results: [{ result: 'too_late' }] });
  });

  it('says that a code was refused, and leaves the link open', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: newcomer('acme') } });
    const { id, link } = consentByLink(scene, 'acme');
    scene.server.accounts.get('acme')?.codes.clear();
    await redeem(scene, id);
    expect(link()).toMatchObject({ status: { kind: 'open' }, results: [{ result: 'refused' }] });
    expect(await redeem(scene, id)).toMatchObject({ result: 'nothing' });
    expect(scene.http.sent.length).toBe(1);
  });

  it.each([
    ['revoked', { kind: 'revoked', at: '2026-11-22T02:17:00.000Z' }],
    ['ended', { kind: 'ended', at: '2026-11-22T02:17:00.000Z', reason: 'replaced' }],
  ] as const)('sends no code of a link that was %s meanwhile', async (_kind, status) => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: newcomer('acme') } });
    const { id, change, link } = consentByLink(scene, 'acme');
    change({ status });
    await redeem(scene, id);
    expect(scene.http.sent).toEqual([]);
    expect(link().status).toEqual(status);
  });

  it.each([
    ['its client', { client_id: 'other' }],
    ['its token host', { token_url: 'https://evil.example/token' }],
    ['its provider', { provider: 'amazon-ads' }],
  ])('ends a link whose tenant has changed %s, and sends nothing', async (_what, change) => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: { ...newcomer('acme'), ...change } } });
    const { id, link } = consentByLink(scene, 'acme');
    await redeem(scene, id);
    expect(scene.http.sent).toEqual([]);
    expect(link()).toMatchObject({
      status: { kind: 'ended', reason: 'entry_changed' },
      results: [{ result: 'not_sent' }],
    });
  });

  it('takes from the page no field that the link does not name', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: newcomer('acme') } });
    const consent = consentByLink(scene, 'acme');
    const keep = { realm: { field: 'realm_id', pattern: '[0-9]+' } };
    consent.change({ consent: { ...consent.link().consent, keep } });
    consent.refile({
      keep: { realm_id: 'https://evil.example', client_auth: 'basic', scope: 'all' },
    });
    await redeem(scene, consent.id);
    const { headers, body } = scene.http.sent.at(-1)?.request ?? {};
    expect(headers?.authorization).toBeUndefined();
    expect(new URLSearchParams(body).get('client_secret')).toBe('secret.acme');
    expect(consent.link().status.kind).toBe('connected');
  });

  it('follows a tenant that has moved to another shard', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: {} });
    scene.save('eu', { tenants: { acme: newcomer('acme') } });
    const { id, link } = consentByLink(scene, 'acme');
    await redeem(scene, id);
    expect(scene.isSafe('acme', 'eu')).toBe(true);
    expect(link()).toMatchObject({ shard: 'eu', status: { kind: 'connected' } });
  });

  it('takes a code that was filed before its tenant was moved, under rights that list no shard', async () => {
    const scene = createScene({ shards: ['default', 'eu'] });
    scene.save('default', { tenants: { acme: newcomer('acme'), brandx: scene.tenant('brandx') } });
    scene.save('eu', { tenants: {} });
    const { id, link } = consentByLink(scene, 'acme');
    const ports = scene.openPorts();
    const addShard = async () => {};
    const move = { source: 'default', target: 'eu', tenants: ['acme'] };
    await splitShard({ ports, addShard }, move);
    expect(link().shard).toBe('eu');
    const shards = () => Promise.reject(new StoreError('denied', 'no'));
    const vault = { ...scene.openPorts().vault, shards };
    await redeemLink({ ...scene.openPorts(), vault }, id, options(scene));
    expect(scene.isSafe('acme', 'eu')).toBe(true);
    expect(link().status.kind).toBe('connected');
  });

  it('ends the link of a tenant that was removed', async () => {
    const scene = createScene();
    scene.save('default', { tenants: {} });
    const { id, link } = consentByLink(scene, 'acme');
    await redeem(scene, id);
    expect(link()).toMatchObject({ status: { kind: 'ended', reason: 'tenant_removed' } });
    expect(scene.http.sent).toEqual([]);
  });

  it('connects a paused tenant, which stays paused', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: { ...newcomer('acme'), enabled: false } } });
    const { id, link } = consentByLink(scene, 'acme');
    await redeem(scene, id);
    expect(scene.isSafe('acme')).toBe(true);
    expect(scene.map().tenants.acme?.enabled).toBe(false);
    expect(link().status.kind).toBe('connected');
    expect((await scene.run()).summary.rotated).toBe(0);
  });

  it('takes a code that comes while another run holds the shard, before the rest is done', async () => {
    const scene = createScene({ latencyMs: 15_000 });
    const one = { client_id: 'one', token_url: 'https://one.example/token', max_concurrency: 1 };
    const entries = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [
      name,
      scene.tenant(name, 'detect', one),
    ]);
    const tenants = Object.fromEntries(entries);
    scene.save('default', { tenants: { ...tenants, acme: newcomer('acme') } });
    const run = scene.run({ tenants: Object.keys(tenants) });
    await scene.clock.forProcess(() => false).sleep(10_000);
    const { id, link } = consentByLink(scene, 'acme');
    const redeemed = redeem(scene, id);
    await Promise.all([run, redeemed]);
    expect(link().status.kind).toBe('connected');
    expect(scene.isSafe('acme')).toBe(true);
    const order = scene.http.sent.map(({ url }) => new URL(url).hostname);
    expect(order.filter((host) => host === 'acme.example').length).toBe(1);
    expect(order.at(-1)).not.toBe('acme.example');
  });

  it('refuses a link that is not there', async () => {
    const scene = createScene();
    scene.save('default', { tenants: {} });
    await expect(redeem(scene, 'a'.repeat(26))).rejects.toThrow('no connect link');
  });
});

describe('a tenant that was never connected', () => {
  const DAY_MS = 86_400_000;

  it('is no failure while its link is open', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: newcomer('acme'), brandx: scene.tenant('brandx') } });
    const { inboxKey, change } = consentByLink(scene, 'acme');
    scene.world.objects.delete(inboxKey);
    const until = new Date(scene.clock.now() + DAY_MS).toISOString();
    change({ expires_at: until });
    for (const dry_run of [true, false]) {
      const report = await scene.run({ dry_run });
      expect(outcomeOf(report, 'acme')).toMatchObject({
        status: 'skipped',
        reason: `invited, until ${until.slice(0, 10)}`,
      });
      expect(report.gauges?.failing_tenants).toEqual([{ provider: 'oauth2', count: 0 }]);
    }
  });

  it('needs authorization when its link is over', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: newcomer('acme') } });
    const { inboxKey, change } = consentByLink(scene, 'acme');
    scene.world.objects.delete(inboxKey);
    change({ expires_at: new Date(scene.clock.now()).toISOString() });
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('needs_authorization');
  });

  it('was connected before: an open link hides no failure', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run();
    const { inboxKey } = consentByLink(scene, 'acme');
    scene.world.objects.delete(inboxKey);
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('needs_authorization');
  });
});

import { describe, expect, it } from 'vitest';
import { readLinks } from '../../../bin/consent/connect-links.ts';
import { clearTenant, purgeTenant, removeTenant } from '../../../bin/corrections/remove-tenant.ts';
import { renameTenant } from '../../../bin/corrections/rename-tenant.ts';
import { restoreTenant } from '../../../bin/corrections/restore-tenant.ts';
import { readHistory } from '../../../bin/status/read-history.ts';
import { writeLink } from '../../../lambda/connect/connect-store.ts';
import { newLinkToken } from '../../../lambda/connect/link-token.ts';
import { parsePublished } from '../../../lambda/keep/published.ts';
import type { RunPorts } from '../../../lambda/ports.ts';
import { exampleLink } from '../../fakes/connect-scene.ts';
import { createScene, outcomeOf } from '../../fakes/scene.ts';

async function putLink({ records, clock }: RunPorts, tenant: string): Promise<void> {
  const link = exampleLink(newLinkToken());
  const expires_at = new Date(clock.now() + 86_400_000).toISOString();
  await writeLink(records, { ...link, tenant, shard: 'default', expires_at }, null);
}

describe(renameTenant.name, () => {
  it('keeps the history: the next run sends the current token only, and no old one', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme'), b: scene.tenant('b') } });
    await scene.run();
    const old = scene.token('acme');
    await scene.run();
    const ports = scene.openPorts();
    expect(await renameTenant(ports, 'acme', 'acme-eu')).toMatchObject({ published: true });
    expect(Object.keys(scene.map().tenants)).toEqual(['acme-eu', 'b']);
    const published = parsePublished(await ports.accessTokens.read('default'));
    expect(published.get('acme-eu')).toEqual(published.get('acme'));
    scene.edit((map) => Object.assign(map.tenants['acme-eu'] ?? {}, { refresh_token: old }));
    expect(outcomeOf(await scene.run(), 'acme-eu').status).toBe('recovered');
    expect(scene.isSafe('acme-eu')).toBe(true);
  });

  it.each([false, true])(
    'leads an old copy under its old name to its newest consent, the state lost: %s',
    async (isLost) => {
      const scene = createScene();
      scene.save('default', { tenants: { acme: scene.tenant('acme'), b: scene.tenant('b') } });
      await scene.run();
      const old = scene.world.vault.text('default');
      const refresh_token = scene.server.reissue('acme');
      scene.edit(({ tenants }) => Object.assign(tenants.acme ?? {}, { refresh_token }));
      await scene.run();
      await renameTenant(scene.openPorts(), 'acme', 'acme-eu');
      scene.world.vault.save('default', old);
      if (isLost) {
        scene.world.states.delete('default');
      }
      await scene.run();
      expect(scene.isSafe('acme')).toBe(true);
    },
  );

  it('publishes its token under both names until the next full run but one', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme'), b: scene.tenant('b') } });
    await scene.run();
    const ports = scene.openPorts();
    const published = async () => parsePublished(await ports.accessTokens.read('default'));
    await renameTenant(ports, 'acme', 'acme-eu');
    await scene.run();
    expect((await published()).get('acme')).toEqual((await published()).get('acme-eu'));
    await scene.run({ tenants: ['b'] });
    expect([...(await published()).keys()]).toEqual(['acme', 'acme-eu', 'b']);
    await scene.run();
    expect([...(await published()).keys()]).toEqual(['acme-eu', 'b']);
  });

  it.each(['too_large', 'throttled'] as const)(
    'is made where the copy of its token cannot be published: %s',
    async (reason) => {
      const scene = createScene();
      scene.save('default', { tenants: { acme: scene.tenant('acme'), b: scene.tenant('b') } });
      await scene.run();
      scene.faults.fail({ port: 'access_tokens', op: 'put_version' }, { reason });
      const renamed = await renameTenant(scene.openPorts(), 'acme', 'acme-eu');
      expect(renamed).toMatchObject({ to: 'acme-eu', published: false });
      scene.faults.heal();
      expect((await scene.run()).summary.rotated).toBe(2);
      expect(scene.published()['acme-eu']?.access_token).toBe(
        scene.server.newestAccessToken('acme'),
      );
      expect(scene.isSafe('acme-eu')).toBe(true);
    },
  );

  it('refreshes its token for programs that still ask by the old name', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run();
    await renameTenant(scene.openPorts(), 'acme', 'acme-eu');
    await scene.clock.sleep(24 * 3_600_000);
    expect(await scene.refresh({ tenant: 'acme' })).toMatchObject({
      tenant: 'acme-eu',
      status: 'rotated',
    });
    const published = parsePublished(await scene.openPorts().accessTokens.read('default'));
    expect(published.get('acme')).toEqual(published.get('acme-eu'));
  });

  it('leaves the old name to a new tenant that takes it', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run();
    const ports = scene.openPorts();
    await renameTenant(ports, 'acme', 'acme-eu');
    scene.edit((map) => Object.assign(map.tenants, { acme: scene.tenant('other') }));
    await scene.run();
    const published = parsePublished(await ports.accessTokens.read('default'));
    expect(published.get('acme')).not.toEqual(published.get('acme-eu'));
  });

  it('shows the exchanges of before in the history of the new name', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run();
    const ports = scene.openPorts();
    const before = await readHistory(ports, 'acme', { limit: 20 });
    await renameTenant(ports, 'acme', 'acme-eu');
    await scene.run();
    const { lines } = await readHistory(ports, 'acme-eu', { limit: 20 });
    expect(lines.map(({ key }) => key)).toEqual(
      expect.arrayContaining(before.lines.map(({ key }) => key)),
    );
    expect(lines.length).toBeGreaterThan(before.lines.length);
    await renameTenant(ports, 'acme-eu', 'acme');
    expect((await readHistory(ports, 'acme', { limit: 20 })).lines).toEqual(lines);
  });

  it('restores a credential that it got under its old name', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run();
    const current = scene.token('acme');
    const ports = scene.openPorts();
    await renameTenant(ports, 'acme', 'acme-eu');
    await clearTenant(ports, 'acme-eu');
    await restoreTenant(ports, 'acme-eu', null, async () => false);
    expect(scene.token('acme-eu')).toBe(current);
  });

  it('deletes the exchanges under all of its names when it is purged', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    await scene.run();
    const ports = scene.openPorts();
    await renameTenant(ports, 'acme', 'acme-eu');
    await scene.run();
    await removeTenant(ports, 'acme-eu');
    await purgeTenant(ports, 'acme-eu');
    const keys = await ports.archive.list('responses/');
    expect(keys.filter((key) => key.includes('acme'))).toEqual([]);
  });

  it('carries the open links of the tenant along', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    const ports = scene.openPorts();
    await putLink(ports, 'acme');
    expect(await renameTenant(ports, 'acme', 'acme-eu')).toMatchObject({ links: 1 });
    expect((await readLinks(ports)).map(({ tenant }) => tenant)).toEqual(['acme-eu']);
  });

  it.each([
    ['b', /There is a tenant b already/],
    ['B', /There is a tenant b already/],
    ['../x', /1 to 64 letters/],
  ])('refuses the name %s, and changes nothing', async (name, message) => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme'), b: scene.tenant('b') } });
    await expect(renameTenant(scene.openPorts(), 'acme', name)).rejects.toThrow(message);
    expect(Object.keys(scene.map().tenants)).toEqual(['acme', 'b']);
  });
});

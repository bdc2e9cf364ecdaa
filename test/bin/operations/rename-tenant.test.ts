import { describe, expect, it } from 'vitest';
import { renameTenant } from '../../../bin/operations/rename-tenant.ts';
import { parsePublished } from '../../../lambda/keep/published.ts';
import { createScene, outcomeOf } from '../../fakes/scene.ts';

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

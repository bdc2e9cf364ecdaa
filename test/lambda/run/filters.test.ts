import { describe, expect, it } from 'vitest';
import { createScene, type Scene } from '../../fakes/scene.ts';

function threeTenants(): Scene {
  const scene = createScene();
  const { provider, token_url, client_id, client_secret, ...eu } = scene.tenant('eu');
  scene.save('default', {
    apps: { lwa: { provider, token_url, client_id, client_secret } },
    tenants: {
      eu: { app: 'lwa', ...eu, tags: ['eu'] },
      both: { ...scene.tenant('both'), tags: ['eu', 'us'] },
      none: scene.tenant('none'),
    },
  });
  return scene;
}

describe('a run for some tenants', () => {
  it.each([
    [{ app: 'lwa' }, ['eu']],
    [{ tag: 'eu' }, ['both', 'eu']],
    [{ app: 'lwa', tag: 'us' }, []],
    [{ tenants: ['eu', 'none'], tag: 'eu' }, ['eu']],
  ])('asks for %j: %j', async (request, asked) => {
    const scene = threeTenants();
    await scene.run(request);
    expect(scene.http.accounts().toSorted()).toEqual(asked);
  });

  it.each([{ app: 'lva' }, { tag: 'EU' }, { provider: 'oauth' }])(
    'rotates nobody for %j, which nobody has',
    async (request) => {
      const scene = threeTenants();
      await expect(scene.run(request)).rejects.toThrow('Nothing was rotated.');
      expect(scene.http.accounts()).toEqual([]);
    },
  );
});

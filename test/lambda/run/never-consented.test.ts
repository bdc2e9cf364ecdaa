import { describe, expect, it } from 'vitest';
import { renameTenant } from '../../../bin/corrections/rename-tenant.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply, networkFailure } from '../../fakes/simulated-http.ts';

const CLIENT = { provider: 'criteo', client_id: 'client', client_secret: 'secret.client' };
const OF_CLIENT = jsonReply(200, { access_token: 'token-of-the-client', expires_in: 900 });
const REFUSED = jsonReply(400, { error: 'invalid_grant' });

/** A tenant whose client consented by a code, and whose platform also serves the client itself. */
function sceneOfCode(): Scene {
  const scene = createScene();
  const entry = {
    ...CLIENT,
    redirect_uri: 'https://x.example/callback',
    authorization_code: 'code.acme.1',
  };
  scene.save('default', { tenants: { acme: entry } });
  scene.http.always('api.criteo.com', OF_CLIENT);
  return scene;
}

describe('a tenant whose code brought no refresh token', () => {
  it.each([
    ['was refused', REFUSED],
    ['had no answer', networkFailure('no_answer', 'timeout')],
    ['brought an access token alone', jsonReply(200, { access_token: 'a', expires_in: 900 })],
  ])('is never rotated as the client itself where it %s', async (_what, reply) => {
    const scene = sceneOfCode();
    scene.http.always('acme', reply);
    await scene.run();
    for (let runs = 0; runs < 2; runs++) {
      scene.clock.jump(3_600_000);
      const { status, error } = outcomeOf(await scene.run(), 'acme');
      expect([status, error?.code]).toEqual(['failed', 'needs_authorization']);
      expect(scene.published().acme?.access_token).not.toBe('token-of-the-client');
    }
    expect(scene.http.accounts()).toEqual(['acme']);
  });

  it.each([
    ['its state is rebuilt', async (scene: Scene) => scene.world.states.clear()],
    ['it is renamed', (scene: Scene) => renameTenant(scene.openPorts(), 'acme', 'new')],
  ])('stays so when %s', async (what, change) => {
    const scene = sceneOfCode();
    scene.http.always('acme', REFUSED);
    await scene.run();
    await change(scene);
    const name = what === 'it is renamed' ? 'new' : 'acme';
    expect(outcomeOf(await scene.run(), name).error?.code).toBe('needs_authorization');
  });

  it('asks as the client itself once somebody says so', async () => {
    const scene = sceneOfCode();
    scene.http.always('acme', REFUSED);
    await scene.run();
    scene.edit(({ tenants }) => Object.assign(tenants.acme ?? {}, { grant: 'client_credentials' }));
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
  });
});

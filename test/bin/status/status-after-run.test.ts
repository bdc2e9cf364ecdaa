import { describe, expect, it } from 'vitest';
import { readStatus } from '../../../bin/status/read-status.ts';
import { createScene, mapOfApp, outcomeOf, type Scene } from '../../fakes/scene.ts';

async function statusOf(scene: Scene, tenant: string) {
  const shards = await readStatus(scene.openPorts(), null);
  const found = shards.flatMap(({ tenants }) => tenants).find((one) => one.tenant === tenant);
  if (!found) {
    throw new Error(`The status does not name ${tenant}.`);
  }
  return found;
}

function refuse(scene: Scene, account: string, status: number, error: string): void {
  const body = Buffer.from(JSON.stringify({ error }));
  scene.http.always(account, { status, headers: {}, body });
}

describe('the status after a run', () => {
  it.each([
    [400, 'invalid_grant'],
    [400, 'unauthorized_client'],
    [401, 'invalid_client'],
    [400, 'invalid_scope'],
    [503, 'temporarily_unavailable'],
  ])('says what the run said of HTTP %i %s', async (status, error) => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    refuse(scene, 'acme', status, error);
    const { error: told } = outcomeOf(await scene.run(), 'acme');
    expect(told?.message).toContain(String(status));
    expect((await statusOf(scene, 'acme')).error).toEqual(told);
  });

  it('says that a failure is older than the new secret of its app', async () => {
    const scene = createScene();
    scene.save('default', mapOfApp(scene, ['a', 'b']));
    refuse(scene, 'a', 401, 'invalid_client');
    refuse(scene, 'b', 401, 'invalid_client');
    await scene.run();
    expect((await statusOf(scene, 'a')).next_step).toContain('tokens app set-secret shared');
    scene.edit((map) => Object.assign(map.apps?.shared ?? {}, { client_secret: 'new' }));
    for (const tenant of ['a', 'b']) {
      expect((await statusOf(scene, tenant)).next_step).toBe(
        `This failure is older than your fix. See if it is gone: tokens rotate ${tenant}`,
      );
    }
  });

  it.each([
    ['token_url', 'https://elsewhere.example/token'],
    ['scope', 'ads.read'],
    ['client_secret', 'new'],
  ])('says that a failure is older than a corrected %s', async (field, value) => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    refuse(scene, 'acme', 400, 'invalid_scope');
    await scene.run();
    expect((await statusOf(scene, 'acme')).next_step).toContain('tokens show acme');
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { [field]: value }));
    expect((await statusOf(scene, 'acme')).next_step).toContain('older than your fix');
  });

  it('blames the same entry whose owner or note was changed', async () => {
    const scene = createScene();
    scene.save('default', { tenants: { acme: scene.tenant('acme') } });
    refuse(scene, 'acme', 400, 'invalid_grant');
    await scene.run();
    scene.edit((map) => Object.assign(map.tenants.acme ?? {}, { owner: 'bob', note: 'called' }));
    expect((await statusOf(scene, 'acme')).next_step).toContain('tokens connect acme');
  });
});

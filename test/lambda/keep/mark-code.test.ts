import { expect, it } from 'vitest';
import { createScene, outcomeOf } from '../../fakes/scene.ts';

it('sends a code later that could not be put into the index', async () => {
  const scene = createScene();
  const entry = scene.tenant('acme');
  scene.save('default', { tenants: { acme: entry } });
  await scene.run();
  const code = scene.server.consent('acme');
  scene.edit(({ tenants }) => {
    tenants.acme = {
      ...tenants.acme,
      authorization_code: code,
      redirect_uri: 'https://app.example/cb',
    };
  });
  scene.faults.fail({ port: 'records', op: 'write' }, { times: 1 });
  expect(outcomeOf(await scene.run(), 'acme').status).toBe('deferred');
  expect(outcomeOf(await scene.run(), 'acme')).toMatchObject({
    status: 'rotated',
    grant_type: 'authorization_code',
  });
  expect(scene.isSafe('acme')).toBe(true);
});

import { expect, it } from 'vitest';
import { createScene, outcomeOf } from '../../fakes/scene.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';

it('goes on with a refresh token of 20,000 characters that a platform issued', async () => {
  const scene = createScene();
  scene.save('default', { tenants: { acme: scene.tenant('acme') } });
  const long = `long.${'x'.repeat(20_000)}`;
  const answer = (token: string) =>
    jsonReply(200, {
      access_token: 'a',
      token_type: 'Bearer',
      expires_in: 60,
      refresh_token: token,
    });
  scene.http.reply('acme', answer(long));
  expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
  expect(scene.token('acme')).toBe(long);
  scene.http.reply('acme', answer('short'));
  expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
  expect(scene.http.sent.at(-1)?.credential).toBe(long);
  expect(scene.token('acme')).toBe('short');
});

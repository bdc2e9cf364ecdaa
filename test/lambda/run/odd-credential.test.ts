import { expect, it } from 'vitest';
import { statusOfShard } from '../../../bin/status/fleet-status.ts';
import { parseVaultMap } from '../../../lambda/map/vault-map.ts';
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

it.each([
  ['letters beyond ASCII', 'rt-ö-123456'],
  ['quotes around it', '"rt-123456"'],
  ['a line end', 'rt-123\r\n456'],
  ['the form of a name and its value', 'token=123456'],
  ['the form of a header', 'Bearer 123456'],
  ['the form of JSON', '{"rt":"123456"}'],
])('sends a refresh token as it was issued, with %s', async (_what, issued) => {
  const scene = createScene();
  scene.save('default', { tenants: { acme: scene.tenant('acme') } });
  const answer = (refresh_token: string) =>
    jsonReply(200, { access_token: 'a', token_type: 'Bearer', expires_in: 60, refresh_token });
  scene.http.reply('acme', answer(issued));
  await scene.run();
  expect(scene.token('acme')).toBe(issued);
  const map = parseVaultMap(scene.world.vault.text('default'));
  const [status] = statusOfShard('default', map, scene.state(), scene.clock.now());
  expect(status?.state).toBe('ok');
  scene.world.states.delete('default');
  scene.http.reply('acme', answer('next'));
  const foretold = await scene.run({ dry_run: true });
  expect(outcomeOf(foretold, 'acme').reason).toContain('would be asked');
  expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
  expect(scene.http.sent.at(-1)?.credential).toBe(issued);
});

it('refuses a refresh token of that form that an operator put there', async () => {
  const scene = createScene();
  scene.save('default', { tenants: { acme: { ...scene.tenant('acme'), refresh_token: 'rt-ö' } } });
  for (const _run of [1, 2]) {
    expect(outcomeOf(await scene.run(), 'acme').error?.code).toBe('invalid_entry');
  }
  expect(scene.http.sent).toEqual([]);
});

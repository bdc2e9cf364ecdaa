import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { withProgress } from '../../../bin/terminal/rotation-progress.ts';
import { openTerminal, type Terminal } from '../../../bin/terminal/terminal.ts';
import { createScene } from '../../fakes/scene.ts';
import { networkFailure } from '../../fakes/simulated-http.ts';

/** A terminal that keeps what its line of progress said. */
function watchedTerminal(): Terminal & { said: string[] } {
  const said: string[] = [];
  const streams = {
    env: {},
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
  };
  return { ...openTerminal(streams), said, progress: (text) => void said.push(text) };
}

describe(withProgress.name, () => {
  it('says whose platform is tried again, where, and why, until it answers', async () => {
    const scene = createScene();
    const tenants = { acme: scene.tenant('acme'), brandx: scene.tenant('brandx') };
    scene.save('default', { tenants });
    scene.http.reply('acme', networkFailure('not_sent', 'ECONNREFUSED'));
    const terminal = watchedTerminal();
    await withProgress(terminal, 'Rotating in home x', (onProgress) =>
      scene.run({}, { onProgress }),
    );
    const said = terminal.said.map((text) => text.replace(/\(\d+ s\)/, '(… s)'));
    expect(said).toEqual([
      'Rotating in home x … (… s)',
      'Rotating in home x … (… s). Trying again: acme (acme.example: ECONNREFUSED)',
      'Rotating: 1 of 2 answered (… s). Trying again: acme (acme.example: ECONNREFUSED)',
      'Rotating: 2 of 2 answered (… s)',
      '',
    ]);
  });
});

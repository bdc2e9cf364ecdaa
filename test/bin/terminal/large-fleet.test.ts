import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { showReport } from '../../../bin/terminal/report-view.ts';
import { openTerminal } from '../../../bin/terminal/terminal.ts';
import { createScene, mapOfApp } from '../../fakes/scene.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';

/** A run in which one client of 120 tenants is refused, as a terminal of that width shows it. */
async function shownAt(columns: number): Promise<string[]> {
  const scene = createScene();
  const names = Array.from({ length: 120 }, (_, at) => `client-${at}`);
  scene.save('default', mapOfApp(scene, names));
  for (const name of names) {
    scene.http.always(name, jsonReply(401, { error: 'invalid_client' }));
  }
  const report = await scene.run();
  const stream = () => Object.assign(new PassThrough(), { isTTY: true, columns });
  const stdout = stream();
  const terminal = openTerminal({
    env: { NO_COLOR: '1' },
    stdin: stream(),
    stdout,
    stderr: stream(),
  });
  showReport(terminal, report, scene.clock.now());
  return String(stdout.read()).split('\n');
}

describe('a large fleet of one cause', () => {
  it.each([60, 120])(
    'fits a terminal of %i columns, and cuts no word of its row',
    async (width) => {
      const lines = await shownAt(width);
      const row = lines.find((line) => line.includes('120 tenants')) ?? '';
      expect(row).toMatch(/120 tenants.* failed +app_rejected$/);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    },
  );
});

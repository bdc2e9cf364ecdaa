import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { SimulatedRun } from '../../../bin/bench/simulate.ts';
import { buildProgram } from '../../fakes/build-program.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const source = join(import.meta.dirname, '..', '..', '..', 'bin', 'bench', 'simulate.ts');

describe('the simulated fleet', () => {
  it('rotates every tenant in virtual time, within the quota of the account', async () => {
    const program = await buildProgram(source, temporaryFolder());
    const { stdout } = await promisify(execFile)(process.execPath, [program, '240']);
    const { shards, runs } = JSON.parse(stdout);
    expect(shards).toBe(3);
    expect(runs.map(({ what }: SimulatedRun) => what)).toEqual(['first sight', 'steady']);
    for (const { minutes, calls, peakWrites } of runs as SimulatedRun[]) {
      // 80 tenants in each shard, 5 at once, 1 s each: 16 s and the calls around it.
      expect(minutes).toBeGreaterThan(16 / 60);
      expect(minutes).toBeLessThan(30 / 60);
      expect(calls.puts).toBeGreaterThanOrEqual(240);
      expect(peakWrites).toBeLessThanOrEqual(50);
    }
  });
});

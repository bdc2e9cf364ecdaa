import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildLambda } from '../../bin/build.ts';
import manifest from '../../package.json' with { type: 'json' };

describe(buildLambda.name, () => {
  let outdir: string;
  let bytes: number;
  beforeAll(async () => {
    outdir = mkdtempSync(join(tmpdir(), 'token-rotator-'));
    writeFileSync(join(outdir, 'left-over.mjs'), '');
    bytes = await buildLambda(outdir);
  });
  afterAll(() => rmSync(outdir, { recursive: true, force: true }));

  it('makes one file, and removes what stood there', () => {
    expect(readdirSync(outdir)).toEqual(['index.mjs']);
    expect(readFileSync(join(outdir, 'index.mjs'))).toHaveLength(bytes);
  });

  it('stays below 560 KB', () => {
    expect(bytes).toBeLessThan(560 * 1024);
  });

  it('exports the handlers that the stack names', async () => {
    const module: unknown = await import(pathToFileURL(join(outdir, 'index.mjs')).href);
    expect(Object.keys(module as object).sort()).toEqual([
      'fanOutDigest',
      'fanOutShards',
      'handler',
      'redeem',
      'refresh',
    ]);
  });

  it('builds the same bytes each time, so an unchanged deploy changes nothing', async () => {
    const other = readFileSync(join(inject('built').lambda, 'index.mjs'));
    expect(readFileSync(join(outdir, 'index.mjs')).equals(other)).toBe(true);
  });
});

describe('an installation without development dependencies', () => {
  it.each(['esbuild', 'tsx'])('has %s, which builds and runs the command line', (program) => {
    expect(manifest.dependencies).toHaveProperty(program);
  });
});

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..', '..', '..');
const run = promisify(execFile);

describe('the packed token-rotator/client', () => {
  let project: string;
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'token-rotator-'));
    await installPacked(project);
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  it('is imported and type-checked in a project with only it and the AWS SDK', async () => {
    await writeFile(join(project, 'program.ts'), PROGRAM);
    await run(process.execPath, [
      join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
      '-p',
      project,
    ]);
    const { stdout } = await run(process.execPath, [join(project, 'program.js')], { cwd: project });
    expect(stdout.trim()).toBe('TokenError unavailable acme');
  });

  it('refuses wrong uses by its types', async () => {
    await writeFile(join(project, 'program.ts'), WRONG);
    const tsc = run(process.execPath, [
      join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
      '-p',
      project,
    ]);
    const { stdout } = await tsc.catch((error: { stdout: string }) => error);
    expect(stdout.match(/program\.ts\(\d+/g)).toEqual(['program.ts(2', 'program.ts(3']);
  });

  it('is small, and without the CDK', async () => {
    const packed = join(project, 'node_modules', 'token-rotator', 'dist', 'client');
    const files = (await readdir(packed, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile(),
    );
    const texts = await Promise.all(
      files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
    );
    expect(texts.join('')).not.toMatch(/from ['"](aws-cdk-lib|constructs|@aws-sdk\/client-s3)/);
    expect(Buffer.byteLength(texts.join(''))).toBeLessThan(400_000);
  });
});

const PROGRAM = `
import { createTokenClient, TokenError, type TokenClient, type TokenInfo } from 'token-rotator/client';
const client: TokenClient = createTokenClient({ home: './no-home', marginMs: 60_000 });
createTokenClient({ name: 'token-rotator', refreshFunction: 'f', shard: 'eu', aws: { region: 'eu-west-1' } });
try {
  const info: TokenInfo = await client.info('acme');
  console.log(info.expiresAt.toISOString(), await client.accessToken('acme'));
} catch (error) {
  if (!(error instanceof TokenError)) throw error;
  console.log(error.name, error.code, error.tenant);
}
`;

const WRONG = `import { createTokenClient } from 'token-rotator/client';
createTokenClient({ home: 1 });
createTokenClient({ refreshFunktion: 'f' });
`;

const TSCONFIG = {
  compilerOptions: {
    module: 'NodeNext',
    target: 'ES2023',
    strict: true,
    types: ['node'],
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
  },
  files: ['program.ts'],
};

/**
 * A project of its own with what \`npm pack\` makes, and links to what npm would install beside it.
 */
async function installPacked(project: string): Promise<void> {
  const modules = join(project, 'node_modules');
  await mkdir(join(modules, 'token-rotator'), { recursive: true });
  // By itself: what npm would build besides belongs to other tests.
  await run('npm', ['run', '--silent', 'build:client'], { cwd: root });
  const { stdout } = await run(
    'npm',
    ['pack', '--silent', '--ignore-scripts', '--offline', '--pack-destination', project],
    { cwd: root },
  );
  const tarball = join(project, stdout.trim().split('\n').at(-1) ?? '');
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(modules, 'token-rotator')]);
  for (const name of ['@aws-sdk', '@types'])
    await symlink(join(root, 'node_modules', name), join(modules, name));
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(TSCONFIG));
}

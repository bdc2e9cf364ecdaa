import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..', '..', '..');
const clientFolder = join(root, 'dist', 'client');
const run = promisify(execFile);

/** The two names of the client, and the folder that is packed for each. */
const PACKAGES = [
  { name: 'token-rotator/client', folder: root, installed: 'token-rotator' },
  { name: 'token-rotator-client', folder: clientFolder, installed: 'token-rotator-client' },
];

beforeAll(async () => {
  // By itself: what npm would build besides belongs to other tests.
  await run('npm', ['run', '--silent', 'build:client'], { cwd: root });
});

describe.each(PACKAGES)('the packed $name', ({ name, folder, installed }) => {
  let project: string;
  let typeErrors: string[];
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'token-rotator-'));
    await installPacked(project, folder, installed);
    await writeFile(join(project, 'program.ts'), program(name));
    await writeFile(join(project, 'wrong.ts'), wrong(name));
    typeErrors = await compile(project);
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  it('is imported and type-checked in a project with only it and the AWS SDK', async () => {
    expect(typeErrors.filter((error) => !error.startsWith('wrong.ts('))).toEqual([]);
    const { stdout } = await run(process.execPath, [join(project, 'program.js')], { cwd: project });
    expect(stdout.trim()).toBe('TokenError unavailable acme');
  });

  it('refuses wrong uses by its types', () => {
    expect(typeErrors.map((error) => error.split(',')[0])).toEqual(['wrong.ts(2', 'wrong.ts(3']);
  });

  it('is small, and without the CDK', async () => {
    const inside = installed === 'token-rotator' ? ['dist', 'client'] : [];
    const packed = join(project, 'node_modules', installed, ...inside);
    const files = (await readdir(packed, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile(),
    );
    const texts = await Promise.all(
      files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
    );
    expect(texts.join('')).not.toMatch(/from ['"](aws-cdk-lib|constructs|@aws-sdk\/client-s3)/);
    expect(Buffer.byteLength(texts.join(''))).toBeLessThan(600_000);
  });
});

describe('the packed token-rotator-client', () => {
  it('holds the client, its README and licence, no program and no script', async () => {
    const { stdout } = await run('npm', ['pack', '--json', '--dry-run', '--ignore-scripts'], {
      cwd: clientFolder,
    });
    const [packed] = JSON.parse(stdout) as [{ files: { path: string }[]; unpackedSize: number }];
    const paths = packed.files.map(({ path }) => path.replace(/-[A-Z0-9]{8}\.js$/, '-….js'));
    expect([...new Set(paths)].sort()).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'token-client.js']),
    );
    for (const path of paths) {
      expect(path).toMatch(/^(LICENSE|README\.md|[\w.…-]+\.(js|d\.ts|json))$/);
    }
    expect(packed.unpackedSize).toBeLessThan(500_000);
    const own: unknown = JSON.parse(await readFile(join(clientFolder, 'package.json'), 'utf8'));
    expect(own).toMatchObject({ name: 'token-rotator-client', type: 'module' });
    for (const absent of ['bin', 'scripts', 'devDependencies']) {
      expect(own).not.toHaveProperty(absent);
    }
  });
});

/** Compiles a project, and returns a line for each error. */
async function compile(project: string): Promise<string[]> {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const ended = run(process.execPath, [tsc, '-p', project], { cwd: project });
  const { stdout } = await ended.catch((error: { stdout: string }) => error);
  return stdout.split('\n').filter((line) => /(^| )error TS\d/.test(line));
}

const program = (name: string) => `
import { createTokenClient, TokenError, type TokenClient, type TokenInfo } from '${name}';
const client: TokenClient = createTokenClient({ home: './no-home', marginMs: 60_000 });
createTokenClient({ name: 'token-rotator', refreshFunction: 'f', shard: 'eu', aws: { region: 'eu-west-1' } });
try {
  const info: TokenInfo = await client.info('acme');
  console.log(info.expiresAt?.toISOString(), await client.accessToken('acme'));
} catch (error) {
  if (!(error instanceof TokenError)) throw error;
  console.log(error.name, error.code, error.tenant);
}
`;

const wrong = (name: string) => `import { createTokenClient } from '${name}';
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
  files: ['program.ts', 'wrong.ts'],
};

/**
 * A project of its own with what \`npm pack\` makes, and links to what npm would install beside it.
 */
async function installPacked(project: string, folder: string, name: string): Promise<void> {
  const modules = join(project, 'node_modules');
  await mkdir(join(modules, name), { recursive: true });
  const { stdout } = await run(
    'npm',
    ['pack', '--silent', '--ignore-scripts', '--offline', '--pack-destination', project],
    { cwd: folder },
  );
  const tarball = join(project, stdout.trim().split('\n').at(-1) ?? '');
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(modules, name)]);
  for (const other of ['@aws-sdk', '@types']) {
    await symlink(join(root, 'node_modules', other), join(modules, other));
  }
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(TSCONFIG));
}

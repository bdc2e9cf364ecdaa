import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { readPage, root } from '../../pages/read-page.ts';

const clientFolder = join(root, 'dist', 'client');
const run = promisify(execFile);

/** The two names of the client, the folder that is packed for each, and its place in that. */
const PACKAGES = [
  { name: 'token-rotator/client', folder: root, installed: 'token-rotator', inside: 'dist/client' },
  {
    name: 'token-rotator-client',
    folder: clientFolder,
    installed: 'token-rotator-client',
    inside: '.',
  },
];

/** What `npm pack` says of a package. */
interface Packed {
  name: string;
  filename: string;
  files: { path: string }[];
  unpackedSize: number;
}

let project: string;
let packed: Map<string, Packed>;
let typeErrors: string[];

beforeAll(async () => {
  await runScript(manifest.scripts['build:client']);
  project = await makeProject();
  packed = await packInto(project);
  await Promise.all(
    PACKAGES.map(({ installed }) => install(project, installed, packed.get(installed))),
  );
  const programs = PACKAGES.flatMap(({ name, installed }) => [
    { file: `${installed}.ts`, text: program(name) },
    { file: `${installed}-wrong.ts`, text: wrong(name) },
  ]);
  typeErrors = await compile(project, [...programs, ...(await readRecipes())]);
});
afterAll(() => rm(project, { recursive: true, force: true }));

/** Errors of the type checker in a recipe, which is to have none. */
const IN_RECIPE = /^recipe-\d+\.ts\(/;
/** Errors of the type checker in a wrong use, which is to have some. */
const IN_WRONG_USE = /^[\w-]+-wrong\.ts\(/;

describe.each(PACKAGES)('the packed $name', ({ installed, inside }) => {
  it('is imported and type-checked in a project with only it and the AWS SDK', async () => {
    const elsewhere = typeErrors.filter(
      (error) => !IN_WRONG_USE.test(error) && !IN_RECIPE.test(error),
    );
    expect(elsewhere).toEqual([]);
    const program = join(project, `${installed}.js`);
    const { stdout } = await run(process.execPath, [program], { cwd: project });
    expect(stdout.trim()).toBe('TokenError unavailable acme');
  });

  it('refuses wrong uses by its types', () => {
    const file = `${installed}-wrong.ts`;
    const places = typeErrors.map((error) => error.split(',')[0] ?? '');
    const wrong = places.filter((place) => place.startsWith(file));
    expect(wrong).toEqual([`${file}(2`, `${file}(3`]);
  });

  it('is small, and without the CDK', async () => {
    const folder = join(project, 'node_modules', installed, inside);
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile(),
    );
    const texts = await Promise.all(
      files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
    );
    expect(texts.join('')).not.toMatch(/from ['"](aws-cdk-lib|constructs|@aws-sdk\/client-s3)/);
    expect(Buffer.byteLength(texts.join(''))).toBeLessThan(600_000);
  });
});

it('the recipes in TypeScript pass the type checker over the packed client', () => {
  expect(typeErrors.filter((error) => IN_RECIPE.test(error))).toEqual([]);
});

describe('the packed token-rotator-client', () => {
  it('holds the client, its README and licence, no program and no script', async () => {
    const { files = [], unpackedSize } = packed.get('token-rotator-client') ?? {};
    const paths = files.map(({ path }) => path.replace(/-[A-Z0-9]{8}\.js$/, '-….js'));
    expect([...new Set(paths)].sort()).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'token-client.js']),
    );
    for (const path of paths) {
      expect(path).toMatch(/^(LICENSE|README\.md|[\w.…-]+\.(js|d\.ts|json))$/);
    }
    expect(unpackedSize).toBeLessThan(520_000);
    const own: unknown = JSON.parse(await readFile(join(clientFolder, 'package.json'), 'utf8'));
    expect(own).toMatchObject({ name: 'token-rotator-client', type: 'module' });
    for (const absent of ['bin', 'scripts', 'devDependencies']) {
      expect(own).not.toHaveProperty(absent);
    }
  });
});

interface Program {
  file: string;
  text: string;
}

/** Returns the programs in TypeScript that the recipes' page and its folder show. */
async function readRecipes(): Promise<Program[]> {
  const { blocks } = readPage('bin/recipes/README.md');
  const file = await readFile(join(root, 'bin', 'recipes', 'call-api.ts'), 'utf8');
  const shown = blocks.flatMap(({ language, text }) => (language === 'ts' ? [text] : []));
  return [file, ...shown].map((text, index) => ({ file: `recipe-${index}.ts`, text }));
}

/** Runs a script of package.json, as npm does after its own start. */
async function runScript(script: string): Promise<void> {
  const programs = join(root, 'node_modules', '.bin');
  const PATH = `${programs}${delimiter}${process.env.PATH}`;
  await run('sh', ['-c', script], { cwd: root, env: { ...process.env, PATH } });
}

/** Makes a project with links to what npm would install beside the packages. */
async function makeProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'token-rotator-'));
  await mkdir(join(folder, 'node_modules'));
  for (const other of ['@aws-sdk', '@types']) {
    await symlink(join(root, 'node_modules', other), join(folder, 'node_modules', other));
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

/** Compiles programs in a project, and returns a line for each error. */
async function compile(project: string, programs: readonly Program[]): Promise<string[]> {
  for (const { file, text } of programs) {
    await writeFile(join(project, file), text);
  }
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: COMPILER_OPTIONS,
    include: [],
    files: programs.map(({ file }) => file),
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const ended = run(process.execPath, [tsc, '-p', project, '--pretty', 'false'], { cwd: project });
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

/** The strict options of this project, and nothing of its own. */
const COMPILER_OPTIONS = {
  noEmit: false,
  paths: {},
  skipLibCheck: false,
  allowImportingTsExtensions: false,
  rewriteRelativeImportExtensions: false,
};

/** Packs all packages into a folder, and returns what `npm pack` says of each. */
async function packInto(folder: string): Promise<Map<string, Packed>> {
  const { stdout } = await run(
    'npm',
    [
      'pack',
      ...PACKAGES.map((one) => one.folder),
      '--json',
      '--ignore-scripts',
      '--offline',
      '--pack-destination',
      folder,
    ],
    { cwd: root },
  );
  const said = JSON.parse(stdout) as Packed[];
  return new Map(said.map((one) => [one.name, one]));
}

/** Puts what was packed of a package into a project. */
async function install(project: string, name: string, packed?: Packed): Promise<void> {
  const folder = join(project, 'node_modules', name);
  await mkdir(folder, { recursive: true });
  const tarball = join(project, packed?.filename ?? '');
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder]);
}

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Modules of packages that make a test slow: what they build or start takes seconds. */
const SLOW_PACKAGE = /from '(aws-cdk-lib|esbuild|oidc-provider)/;
/** A test that starts processes. The product's own code may: a test need not use that part. */
const STARTS_PROCESSES = /from 'node:child_process'|inject\(/;
/** Fakes and tests that try thousands of cases, simulate days, or wait for a disk. */
const MANY_CASES =
  /random-world|every-step-killed|refresh-on-demand\.test|split-shard|\/(races|torture|contracts|folder|model)\//;

/** Test files that take long by nature. They run many more cases with `npm run test:long`. */
export const LONG_TESTS = ['test/**/*.long.test.ts'];

/** Test files of the common case that also have a long form, set by environment variables. */
export const SCALED_TESTS = [
  'test/bin/shards/split-shard.test.ts',
  'test/lambda/run/every-step-killed.test.ts',
  'test/lambda/run/random-schedules.test.ts',
  'test/model/model.test.ts',
  'test/torture/torture.test.ts',
];

/**
 * Returns the test files that need a moment: no child process, no moto, no bundle, no synthesized
 * stack, no random worlds. Decides by what a file imports, itself or by way of others.
 */
export function fastTests(root: string): string[] {
  const verdicts = new Map<string, boolean>();
  return readdirSync(join(root, 'test'), { encoding: 'utf8', recursive: true })
    .map((file) => `test/${file}`)
    .filter((file) => file.endsWith('.test.ts') && !file.endsWith('.long.test.ts'))
    .filter((file) => !isSlow(join(root, file), verdicts))
    .sort();
}

function isSlow(file: string, verdicts: Map<string, boolean>): boolean {
  const known = verdicts.get(file);
  if (known !== undefined) {
    return known;
  }
  // Answers a circle of imports: the file is judged by the rest.
  verdicts.set(file, false);
  const text = readFileSync(file, 'utf8');
  const verdict =
    MANY_CASES.test(file) ||
    SLOW_PACKAGE.test(text) ||
    (file.includes('/test/') && STARTS_PROCESSES.test(text)) ||
    importsOf(file, text).some((imported) => isSlow(imported, verdicts));
  verdicts.set(file, verdict);
  return verdict;
}

function importsOf(file: string, text: string): string[] {
  const relative = text.matchAll(/^(?:import|export) (?!type ).*?from '(\.[^']+\.ts)'/gms);
  return [...relative].map(([, path = '']) => join(dirname(file), path));
}

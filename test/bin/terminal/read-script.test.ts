import { describe, expect, it } from 'vitest';
import { benchScript } from '../../../bin/bench/bench-script.ts';
import { proofScript } from '../../../bin/proof/proof-script.ts';
import { startScript } from '../../../bin/sandbox/start-script.ts';
import { readScript } from '../../../bin/terminal/read-script.ts';
import { modelScript } from '../../model/model-script.ts';
import { tortureScript } from '../../torture/torture-script.ts';

const SCRIPTS = {
  bench: benchScript,
  proof: proofScript,
  torture: tortureScript,
  model: modelScript,
  start: startScript,
};

/** A script that has ended, as its caller sees it. */
class Ended extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`ended with ${code}`);
    this.code = code;
  }
}

function end(script: keyof typeof SCRIPTS, ...args: string[]) {
  let stdout = '';
  let stderr = '';
  try {
    readScript(SCRIPTS[script](), args, {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      exit: (code) => {
        throw new Ended(code);
      },
    });
  } catch (error) {
    if (error instanceof Ended) {
      return { code: error.code, stdout, stderr };
    }
    throw error;
  }
  return { code: null, stdout, stderr };
}

describe(readScript.name, () => {
  const names = Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[];

  it.each(names)('prints the help of the script %s on stdout, and ends with 0', (script) => {
    const { code, stdout, stderr } = end(script, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: ${SCRIPTS[script]().name()} [options]`);
  });

  it.each(names)(
    'names an unknown option of the script %s in one line, and ends with 2',
    (script) => {
      expect(end(script, '--bogus')).toEqual({
        code: 2,
        stdout: '',
        stderr: `Error: unknown option '--bogus'. See: ${SCRIPTS[script]().name()} --help\n`,
      });
    },
  );

  it.each([
    ['a number that is none', 'torture', ['--kills', 'many'], '--kills'],
    ['a number that is too small', 'proof', ['--minutes', '0'], 'at least 1'],
    ['a number in another notation', 'torture', ['--kills', '1e3'], '--kills'],
    ['a number of a list', 'bench', ['--tenants', '10,x'], '--tenants'],
    ['a word that is not asked for', 'bench', ['fast'], 'too many arguments'],
    ['an option without its value', 'proof', ['--out'], '--out'],
    ['two options that exclude each other', 'bench', ['--beside', '--consumers'], '--consumers'],
    ['an option that would do nothing', 'bench', ['--write'], '--beside or --consumers'],
    ['a schedule count that is none', 'model', ['x'], 'schedules'],
    ['a rule that nobody knows', 'model', ['--mutant', 'x'], 'no-known-index'],
    ['an option with a slip of the finger', 'bench', ['--besides'], 'Did you mean --beside?'],
  ] as const)('refuses %s in one line, and ends with 2', (_, script, args, said) => {
    const { code, stdout, stderr } = end(script, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Error: .+\n$/);
    expect(stderr).toContain(said);
  });

  it('goes on with numbers where the arguments are right', () => {
    const script = readScript(modelScript(), ['20', '7', '--only', '3']);
    expect(script.processedArgs).toEqual([20, 7]);
    expect(script.opts()).toEqual({ only: 3 });
    expect(readScript(benchScript(), []).opts()).toEqual({
      tenants: [10, 100, 1000, 10_000],
      repeats: 1,
      kills: 40,
    });
  });
});

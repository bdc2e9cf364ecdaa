import type { Part } from './part.ts';
import { runTests, type Tested } from './run-tests.ts';

/** Tests that try a kind of fault, and what they say of how often. */
const TEST_PARTS = [
  {
    what: 'A run stopped dead before and after every single effect, then another run',
    files: ['test/lambda/run/every-step-killed.test.ts'],
    tried: /kills: (?<kills>\d+),\s+effects: (?<effects>\d+)/,
  },
  {
    what:
      'Ten runs at once, in one process, in ten processes and over HTTP, ' +
      'with edits all the while',
    files: ['test/races'],
    tried: null,
  },
  {
    what: 'A real OpenID provider with rotation and reuse detection',
    files: ['test/lambda/run/oidc.test.ts'],
    tried: null,
  },
  {
    what: 'Marked secrets searched for in all output, failing paths included',
    files: ['test/lambda/canary.test.ts', 'test/lambda/handler.test.ts'],
    tried: null,
  },
];

export async function proveByTests(): Promise<Part[]> {
  const parts: Part[] = [];
  for (const { what, files, tried } of TEST_PARTS) {
    const tested = await runTests(files);
    parts.push({
      what,
      tried: killsIn(tried?.exec(tested.output)) ?? `${tested.passed + tested.failed} tests`,
      found: foundBy(tested),
      isSound: tested.failed === 0 && tested.passed > 0,
    });
  }
  return parts;
}

function killsIn(told: RegExpExecArray | null | undefined): string | undefined {
  const { kills, effects } = told?.groups ?? {};
  return kills && effects && `${kills} kills at ${effects} effects`;
}

function foundBy({ passed, failed, failures }: Tested): string {
  if (failed > 0) return failures.join('; ');
  return passed > 0 ? 'nothing' : 'no test ran';
}

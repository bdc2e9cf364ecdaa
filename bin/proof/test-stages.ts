import type { Part, Stage } from './part.ts';
import { runTests, type Tested } from './run-tests.ts';

const PROJECTS = ['fast', 'common'] as const;

export const canaries = testsOnce('Canaries', 40, {
  what: 'Marked secrets searched for in all output, failing paths included',
  files: ['test/lambda/canary.test.ts', 'test/lambda/handlers/handler.test.ts'],
});

export const openIdProvider = testsOnce('OpenID provider', 20, {
  what: 'A real OpenID provider with rotation and reuse detection',
  files: ['test/lambda/run/oidc.test.ts'],
});

/** Races, which are others each time: again and again, while there is time for another round. */
export const races: Stage = {
  name: 'Races',
  share: 20,
  async prove(until, note) {
    const race = () => runTests({ files: ['test/races'], projects: PROJECTS }, until);
    const startedAt = Date.now();
    let last = await race();
    let rounds = 1;
    const hasTime = () => Date.now() + (1.5 * (Date.now() - startedAt)) / rounds < until;
    while (verdictOn(last).verdict === 'sound' && hasTime()) {
      note(`${rounds} rounds`);
      const next = await race();
      if (!next.hasEnded) {
        break;
      }
      last = next;
      rounds += 1;
    }
    return {
      what:
        'Ten runs at once, in one process, in ten processes, and over HTTP where python3 has ' +
        'moto, with edits all the while',
      tried: rounds > 1 ? `${rounds} rounds of ${triedIn(last)}` : triedIn(last),
      ...verdictOn(last),
    };
  },
};

function testsOnce(
  name: string,
  share: number,
  { what, files }: { what: string; files: readonly string[] },
): Stage {
  return {
    name,
    share,
    async prove(until) {
      const tested = await runTests({ files, projects: PROJECTS }, until);
      return { what, tried: triedIn(tested), ...verdictOn(tested) };
    },
  };
}

function triedIn({ hasEnded, passed, failed, skipped }: Tested): string {
  if (!hasEnded) {
    return 'begun';
  }
  const missing = skipped > 0 ? ` (${skipped} skipped)` : '';
  return `${passed + failed} tests${missing}`;
}

function verdictOn({
  hasEnded,
  passed,
  failed,
  failures,
}: Tested): Pick<Part, 'found' | 'verdict'> {
  if (failed > 0) {
    return { found: failures.join('; '), verdict: 'unsound' };
  }
  if (!hasEnded) {
    return { found: 'not judged, its time was over', verdict: 'unfinished' };
  }
  if (passed === 0) {
    return { found: 'no test ran', verdict: 'unsound' };
  }
  return { found: 'nothing', verdict: 'sound' };
}

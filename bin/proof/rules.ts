import { mutants } from '../../test/model/mutants.ts';
import { play } from '../../test/model/play.ts';
import { proofs } from '../../test/model/proofs.ts';
import { faultsOf } from '../../test/model/sum.ts';
import type { MutantResult } from './mutants.ts';

/** Takes one rule after the other out of the protocol, and plays the schedule that needs it. */
export async function runRules(): Promise<MutantResult[]> {
  const results: MutantResult[] = [];
  for (const mutant of mutants) {
    const schedule = proofs.find(({ rule }) => rule === mutant.name)?.schedule;
    const faults = schedule ? faultsOf(await play(schedule, mutant)) : [];
    results.push({
      what: mutant.what,
      verdict: faults.length > 0 ? 'found' : 'missed',
      by: faults.length > 0 ? 'its schedule in test/model/proofs.ts' : null,
    });
  }
  return results;
}

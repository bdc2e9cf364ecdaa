import { Command } from 'commander';
import { wholeNumber } from '../terminal/read-script.ts';

export interface ProofOptions {
  minutes: number;
  seed?: number;
  out?: string;
}

/** Returns `npm run proof` with its options. */
export function proofScript(): Command {
  return new Command('npm run proof --')
    .description(
      'Tries to lose a token in every way that is known, and prints what was tried and found as a ' +
        'page. Ends with 1 when a token was lost, a fault that was put in was not found, or the ' +
        'time did not reach for everything.',
    )
    .option('--minutes <n>', 'how long it tries', wholeNumber(1), 10)
    .option('--seed <n>', 'where the random worlds begin (default: from the clock)', wholeNumber(0))
    .option('--out <file>', 'write the page into this file instead');
}

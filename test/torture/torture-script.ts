import { Command } from 'commander';
import { wholeNumber } from '../../bin/terminal/read-script.ts';

export interface TortureScriptOptions {
  kills: number;
  seconds: number;
  seed?: number;
}

/** Returns `npm run torture` with its options. */
export function tortureScript(): Command {
  return new Command('npm run torture --')
    .description(
      'Ends runs of local mode by SIGKILL, and asks the token server what was lost. Ends with 1 ' +
        'when something was lost that the promise covers, and keeps the folder.',
    )
    .option('--kills <n>', 'end after so many kills', wholeNumber(1), 300)
    .option('--seconds <n>', 'begin no further kill after so long', wholeNumber(1), 300)
    .option('--seed <n>', 'chooses what is killed when (default: from the clock)', wholeNumber(0));
}

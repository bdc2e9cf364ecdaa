import { Command, Option } from 'commander';
import { wholeNumber } from '../../bin/terminal/read-script.ts';
import { mutants } from './mutants.ts';

export interface ModelOptions {
  mutant?: string;
  only?: number;
}

/** Returns `npm run model` with its arguments and options. */
export function modelScript(): Command {
  return new Command('npm run model --')
    .description('Plays random schedules of runs, crashes and edits, and prints what was lost.')
    .argument('[schedules]', 'how many it plays', wholeNumber(1), 200)
    .argument('[seed]', 'where they begin', wholeNumber(0), 1)
    .addOption(
      new Option('--mutant <name>', 'take a rule out of the runs').choices(
        mutants.map(({ name }) => name),
      ),
    )
    .option(
      '--only <n>',
      'play the schedule of this number alone, make it small where it fails, and print what happened',
      wholeNumber(0),
    );
}

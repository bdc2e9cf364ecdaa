import { Command } from 'commander';

export interface StartOptions {
  keep?: boolean;
}

/** Returns `npm start` with its options. */
export function startScript(): Command {
  return new Command('npm start --')
    .description(
      'Rotates sandbox tenants twice, in a new folder on this machine, and shows what happened. ' +
        'No real provider is contacted.',
    )
    .option('--keep', 'the sandbox server goes on until Ctrl-C, for commands of your own');
}

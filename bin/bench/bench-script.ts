import { Command, Option } from 'commander';
import { wholeNumber } from '../terminal/read-script.ts';

export interface BenchOptions {
  tenants: readonly number[];
  repeats: number;
  beside?: true;
  kills: number;
  consumers?: true;
  simulate?: number;
  write?: true;
}

/** Returns `npm run bench` with its options. */
export function benchScript(): Command {
  return new Command('npm run bench --')
    .description(
      'Measures speed, memory, calls of AWS and size, and prints them. It judges nothing.',
    )
    .addOption(
      new Option('--tenants <numbers>', 'sizes of the fleets, separated by commas')
        .argParser(wholeNumbers)
        .default([10, 100, 1000, 10_000], '10,100,1000,10000'),
    )
    .option('--repeats <n>', 'runs of each size; the median counts', wholeNumber(1), 1)
    .addOption(
      new Option('--beside', 'measure other ways to refresh a fleet instead').conflicts([
        'consumers',
        'simulate',
      ]),
    )
    .option('--kills <n>', 'with --beside: kills of each way', wholeNumber(1), 40)
    .addOption(new Option('--consumers', 'measure the token client instead').conflicts('simulate'))
    .addOption(
      new Option(
        '--simulate <n>',
        'measure a fleet of n tenants in virtual time instead',
      ).argParser(wholeNumber(1)),
    )
    .option('--write', 'with --beside or --consumers: put the figures into bin/bench/README.md')
    .action(checkWrite);
}

function checkWrite({ write, beside, consumers }: BenchOptions, script: Command): void {
  if (write && !beside && !consumers) {
    script.error("error: option '--write' needs --beside or --consumers");
  }
}

function wholeNumbers(text: string): number[] {
  return text.split(',').map(wholeNumber(1));
}

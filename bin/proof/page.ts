import { addExcused, type Excused } from '../../test/fakes/excuses.ts';
import type { Conditions } from '../bench/conditions.ts';
import type { MutantResult } from './mutants.ts';
import type { Part } from './part.ts';
import type { Window } from './window.ts';

/** Describes what a run of the proof found. */
export interface Proof extends Conditions {
  /** The command that makes the page again. */
  command: string;
  minutes: number;
  parts: readonly Part[];
  mutants: readonly MutantResult[];
  window: Window;
}

const CLAIM = [
  "A token that a provider has issued to us is never lost, and no tenant's trouble reaches",
  "another. A credential that has a successor is never sent again. An operator's edit",
  'stays.',
].join(' ');

const FAULTS = [
  'A process dies before or after any effect, or freezes and goes on later. Ten runs start',
  'at once. Requests and answers are lost, late, or come twice. Stores are away, refuse',
  'writes, take a write without saying so, and show old values. Objects are damaged or',
  'withheld for a while. An operator edits the map',
  'during a run, saves an old copy over it, rolls a secret back, deletes the state,',
  'removes, renames and copies tenants, moves them to another shard, and consents again.',
  'Months pass without a run. Servers rotate at each use and end the whole family when a',
  'spent token comes back.',
].join(' ');

const EXCUSED = [
  'A random world has an operator who does harm, and processes that die in the window.',
  'Where the credential of a tenant hangs on such a thing, the judge does not ask for it.',
  'These were all of them.',
].join(' ');

/** Returns whether nothing was lost, everything was tried, and every fault was found. */
export function isGood({ parts, mutants }: Pick<Proof, 'parts' | 'mutants'>): boolean {
  return (
    parts.every(({ verdict }) => verdict === 'sound') &&
    mutants.every(({ verdict }) => verdict === 'found')
  );
}

/** Returns the page, as Markdown. */
export function formatPage(proof: Proof): string {
  const { command, date, commit, machine, minutes, parts, mutants, window } = proof;
  return `# What was tried to lose a token

${date}, ${commit}, ${machine}. It took ${minutes.toFixed(0)} minutes. Anybody can repeat it:

\`\`\`bash
npm ci
${command}
\`\`\`

## The claim

${CLAIM}

## The faults

${FAULTS}

## What was tried, and what was found

| what | how often | found |
|---|---|---|
${parts.map(({ what, tried, found }) => `| ${what} | ${tried} | ${found} |`).join('\n')}

${lossesIn(parts)}

## The named window

${describeWindow(window)}

## What the judge excuses

${EXCUSED}

${formatExcuses(parts)}

## Would the tests notice?

${countMutants(mutants)}

| the fault | found by |
|---|---|
${mutants.map(formatMutant).join('\n')}

## What is not claimed

- The window above, and an outage of all stores that lasts longer than the function's time.
- A run that froze past its lease or died, and whose answer reaches the archive late, where another shard has taken the \
tenant over meanwhile. That shard does not look in this one's archive.
- A pasted credential whose \`adopted\` entry is damaged before a state has it, where an old map is saved meanwhile. \
The consent before it goes on. The pasted one stays in the archive.
- A state that is lost while objects of its archive are damaged. Nothing tells then what is spent.
- A code between its mark and its sending: a crash there costs a new consent.
- A credential that was pasted and overwritten before any run has read it.
- What is deleted: bucket, key, key file.
- Real AWS was not used. Its stores are modelled in memory, as folders, and by moto over HTTP where python3 has it.
`;
}

function describeWindow({ answers, p50, p99 }: Window): string {
  return [
    "Between the server's own commit and the archive's acknowledgement, an answer is durable nowhere.",
    'A process that dies in it loses the token at a server that gives no grace.',
    'Of one client, no more answers than it has places are in it at once.',
    `Measured over HTTP on loopback and a folder on a local disk, ${answers} answers:`,
    `${p50.toFixed(1)} ms in the middle, ${p99.toFixed(1)} ms for all but 1 %.`,
    'In AWS it is the way through the network and one write to S3.',
  ].join(' ');
}

function lossesIn(parts: readonly Part[]): string {
  const unsound = parts.filter(({ verdict }) => verdict === 'unsound');
  const unfinished = parts.filter(({ verdict }) => verdict === 'unfinished');
  const losses =
    unsound.length === 0
      ? '**Losses outside the named window: 0.**'
      : `**${unsound.length} of ${parts.length} rows found a fault.**`;
  if (unfinished.length === 0) {
    return losses;
  }
  return `${losses} ${unfinished.length} of ${parts.length} rows had not enough time.`;
}

function formatExcuses(parts: readonly Part[]): string {
  const all = new Map<string, Excused>();
  for (const { excused } of parts) {
    if (excused) {
      addExcused(all, excused);
    }
  }
  const rows = [...all].sort(([a], [b]) => a.localeCompare(b));
  const lines = rows.map(([why, { credentials, lost }]) => `| ${why} | ${credentials} | ${lost} |`);
  return ['| why | credentials | no longer accepted |', '|---|---|---|', ...lines].join('\n');
}

function countMutants(mutants: readonly MutantResult[]): string {
  const tried = mutants.filter(({ verdict }) => verdict !== 'unfinished');
  const found = tried.filter(({ verdict }) => verdict === 'found');
  return [
    `${tried.length} of ${mutants.length} faults were put into the protocol, one at a time,`,
    `and ${found.length} of them were found. The first are changes of one line of the source, the`,
    'others are rules that the worlds of two shards are played without.',
  ].join(' ');
}

function formatMutant({ what, verdict, by }: MutantResult): string {
  const otherwise = verdict === 'missed' ? '**nobody**' : 'not tried, the time was over';
  return `| ${what} | ${by ?? otherwise} |`;
}

import type { MutantResult } from './mutants.ts';
import type { Part } from './part.ts';
import type { Window } from './window.ts';

/** Describes what a run of the proof found. */
export interface Proof {
  date: string;
  commit: string;
  node: string;
  minutes: number;
  parts: readonly Part[];
  mutants: readonly MutantResult[];
  allMutants: number;
  window: Window;
}

/** Returns the page, as Markdown. */
export function formatPage(proof: Proof): string {
  const { date, commit, node, minutes, parts, mutants, window } = proof;
  const claim = [
    `A token that a provider has issued to us is never lost, and no tenant's trouble reaches`,
    `another. A credential that has a successor is never sent again. An operator's edit stays.`,
  ].join(' ');
  const faults = [
    'A process dies before or after any effect, or freezes and goes on later. Ten runs start at',
    'once. Requests and answers are lost, late, or come twice. Stores are away, refuse writes,',
    'take a write without saying so, and show old values. An operator edits the map during a',
    'run, saves an old copy over it, rolls a secret back, deletes the state, removes, renames',
    'and copies tenants, and consents again. Servers rotate at each use and end the whole family',
    'when a spent token comes back.',
  ].join(' ');
  const theWindow = [
    `Between the server's own commit and the archive's acknowledgement, an answer is durable`,
    'nowhere. A process that dies in it loses the token at a server that gives no grace.',
    `Measured over HTTP on loopback and a folder on a local disk, ${window.answers} answers:`,
    `${window.p50.toFixed(1)} ms in the middle, ${window.p99.toFixed(1)} ms for all but 1 %. In`,
    'AWS it is the way through the network and one write to S3.',
  ].join(' ');
  return `# What was tried to lose a token

${date}, commit ${commit}, Node ${node}, ${minutes.toFixed(0)} minutes. Anybody can repeat it:

\`\`\`bash
npm ci
npm run proof
\`\`\`

## The claim

${claim}

## The faults

${faults}

## What was tried, and what was found

| what | how often | found |
|---|---|---|
${parts.map(({ what, tried, found }) => `| ${what} | ${tried} | ${found} |`).join('\n')}

**Losses outside the named window: ${parts.every(({ isSound }) => isSound) ? '0' : 'see above'}.**

## The named window

${theWindow}

## Would the tests notice?

${mutants.length} of ${proof.allMutants} faults were put into the protocol, one at a time.

| the fault | found by |
|---|---|
${mutants.map(({ what, caughtBy }) => `| ${what} | ${caughtBy ?? '**nobody**'} |`).join('\n')}

## What is not claimed

- The window above, and an outage of all stores that lasts longer than the function's time.
- A code between its mark and its sending: a crash there costs a new consent.
- A credential that was pasted and overwritten before any run has read it.
- What is deleted: bucket, key, key file.
- Real AWS was not used. Its stores are modelled in memory, as folders, and by moto over HTTP.
`;
}

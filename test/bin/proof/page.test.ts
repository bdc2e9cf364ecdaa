import { describe, expect, it } from 'vitest';
import { formatPage, isGood, type Proof } from '../../../bin/proof/page.ts';
import type { Part } from '../../../bin/proof/part.ts';

const sound: Part = {
  what: 'Random worlds',
  tried: '120 worlds, seed 7',
  found: 'nothing lost',
  verdict: 'sound',
  excused: new Map([['a code was pasted', { credentials: 3, lost: 1 }]]),
};

const proof: Proof = {
  command: 'npm run proof -- --minutes 3 --seed 7',
  date: '2026-11-26',
  commit: 'commit abc1234',
  machine: 'Node v20.20.2, 2 cores, load 0.1 at the start',
  minutes: 3.02,
  parts: [
    sound,
    { ...sound, excused: new Map([['a code was pasted', { credentials: 1, lost: 0 }]]) },
  ],
  mutants: [
    { what: 'sends a code a second time', verdict: 'found', by: 'retries.test.ts > a code' },
  ],
  window: { answers: 200, p50: 4.21, p99: 9.87 },
};

describe('the page of a proof', () => {
  it('says what was tried and found, and how it is repeated', () => {
    const page = formatPage(proof);
    expect(page).toContain('npm run proof -- --minutes 3 --seed 7\n');
    expect(page).toContain('| Random worlds | 120 worlds, seed 7 | nothing lost |');
    expect(page).toContain('**Losses outside the named window: 0.**\n');
    expect(page).toContain('4.2 ms in the middle, 9.9 ms for all but 1 %');
    expect(page).toContain('| a code was pasted | 4 | 1 |');
    expect(page).toContain(
      '1 of 1 faults were put into the protocol, one at a time, and 1 of them',
    );
    expect(page).toContain('| sends a code a second time | retries.test.ts > a code |');
    expect(isGood(proof)).toBe(true);
  });

  it('says which rows had no time, and is not good', () => {
    const cut = { ...proof, parts: [sound, { ...sound, verdict: 'unfinished' as const }] };
    expect(formatPage(cut)).toContain('1 of 2 rows had not enough time.');
    expect(isGood(cut)).toBe(false);
  });

  it('claims no losses of zero where something was lost', () => {
    const bad = { ...proof, parts: [{ ...sound, verdict: 'unsound' as const }] };
    expect(formatPage(bad)).toContain('**1 of 1 rows found a fault.**');
    expect(formatPage(bad)).not.toContain('window: 0');
    expect(isGood(bad)).toBe(false);
  });

  it('names a fault that nobody found, and one that had no turn', () => {
    const what = 'sends a code a second time';
    const missed = { what, verdict: 'missed' as const, by: null };
    const unfinished = { what, verdict: 'unfinished' as const, by: null };
    const page = formatPage({ ...proof, mutants: [missed, unfinished] });
    expect(page).toContain(
      '1 of 2 faults were put into the protocol, one at a time, and 0 of them',
    );
    expect(page).toContain(`| ${what} | **nobody** |`);
    expect(page).toContain(`| ${what} | not tried, the time was over |`);
    expect(isGood({ ...proof, mutants: [missed] })).toBe(false);
  });
});

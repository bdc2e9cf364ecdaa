import { describe, expect, it } from 'vitest';
import { playUntil } from '../../../bin/proof/worlds.ts';

const telling = { what: 'worlds', seeds: 'seed 1', note: () => undefined };

/** Worlds without end, of which some lose something. */
async function* worlds(faultsOf: (index: number) => string[] = () => []) {
  for (let index = 0; ; index += 1) {
    yield {
      name: `world ${index}`,
      faults: faultsOf(index),
      judged: 6,
      excused: new Map([['a code was pasted', { credentials: 2, lost: 1 }]]),
    };
  }
}

describe('random worlds of a proof', () => {
  it('are one at least, also where the time is over', async () => {
    expect(await playUntil(worlds(), Date.now() - 1, telling)).toMatchObject({
      tried: '1 worlds with 6 credentials, seed 1',
      verdict: 'sound',
    });
  });

  it('end at the first loss, and say which world it was', async () => {
    const faultsOf = (index: number) => (index === 2 ? ['anna lost'] : []);
    expect(await playUntil(worlds(faultsOf), Number.POSITIVE_INFINITY, telling)).toMatchObject({
      tried: '3 worlds with 18 credentials, seed 1',
      found: 'world 2: anna lost',
      verdict: 'unsound',
      excused: new Map([['a code was pasted', { credentials: 6, lost: 3 }]]),
    });
  });
});

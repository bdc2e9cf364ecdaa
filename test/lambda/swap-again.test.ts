import { describe, expect, it } from 'vitest';
import { SWAP_TRIES, swapAgain } from '../../lambda/swap-again.ts';

describe(swapAgain.name, () => {
  it('returns what the first attempt that nobody overtook returns', async () => {
    const tried: number[] = [];
    const result = await swapAgain(async (tries) => {
      tried.push(tries);
      return tries < 2 ? 'again' : 'written';
    });
    expect(result).toBe('written');
    expect(tried).toEqual([0, 1, 2]);
  });

  it('gives up after so many attempts', async () => {
    let attempts = 0;
    const result = await swapAgain(async () => {
      attempts += 1;
      return 'again';
    });
    expect(result).toBe('again');
    expect(attempts).toBe(SWAP_TRIES);
  });
});

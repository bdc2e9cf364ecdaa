import { describe, expect, it } from 'vitest';
import { copyStates, putState, whoHas } from '../../../lambda/history/credential-index.ts';
import { newTenantState, type TenantState } from '../../../lambda/history/shard-state.ts';
import { randomFrom } from '../../fakes/random.ts';

describe(whoHas.name, () => {
  it('finds the same tenants as a search of all lists, after any changes and copies', () => {
    const seed = Date.now() % 1_000_000;
    const random = randomFrom(seed);
    const some = () => [...new Set(Array.from({ length: random(4) }, () => `f${random(12)}`))];
    let states = new Map<string, TenantState>();
    for (let step = 0; step < 2_000; step++) {
      const name = `t${random(6)}`;
      if (random(10) === 0) {
        const original = states;
        const before = new Map(original);
        states = copyStates(original);
        putState(states, name, { ...newTenantState, history: some() });
        expectSearched(seed, original, before);
      }
      putState(states, name, {
        ...(states.get(name) ?? newTenantState),
        [random(2) ? 'history' : 'codes_sent']: some(),
      });
      if (random(3) === 0) expectSearched(seed, states, states);
    }
  });

  function expectSearched(
    seed: number,
    states: ReadonlyMap<string, TenantState>,
    expected: ReadonlyMap<string, TenantState>,
  ): void {
    for (const list of ['history', 'codes_sent'] as const)
      for (const one of ['f1', 'f2', 'f3', 'f11']) {
        const found = [...expected]
          .filter(([, state]) => state[list].includes(one))
          .sort(([a], [b]) => (a < b ? -1 : 1));
        expect([seed, whoHas(states, list, one)]).toEqual([seed, found]);
      }
  }
});

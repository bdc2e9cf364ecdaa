import { StoreError } from '../../lambda/ports.ts';
import type { Effect, Gate } from './memory-ports.ts';

/** Which calls fail, how, and how often. */
interface StoreFault {
  on: (effect: Effect) => boolean;
  reason: StoreError['reason'];
  /** `before`: nothing happened. `after`: it happened, and the answer was lost. */
  when: 'before' | 'after';
  times: number;
}

export interface StoreFaults {
  gate: Gate;
  /** Calls so far, as `port op`. */
  calls: string[];
  /** The next calls of this kind fail, all of them unless told otherwise. */
  fail(
    what: Partial<Effect> | ((effect: Effect) => boolean),
    fault?: Partial<Pick<StoreFault, 'reason' | 'when' | 'times'>>,
  ): void;
  /** Something that happens right before a call of this kind, once. */
  before(what: Partial<Effect>, act: () => void): void;
  /** All is well again. */
  heal(): void;
}

/** A gate that counts the calls to the stores and lets chosen ones fail. */
export function createStoreFaults(): StoreFaults {
  const calls: string[] = [];
  let faults: StoreFault[] = [];
  let acts: { on: (effect: Effect) => boolean; act: () => void }[] = [];
  return {
    calls,
    fail(what, { reason = 'unavailable', when = 'before', times = Number.POSITIVE_INFINITY } = {}) {
      faults.push({ on: typeof what === 'function' ? what : matching(what), reason, when, times });
    },
    before: (what, act) => void acts.push({ on: matching(what), act }),
    heal() {
      faults = [];
      acts = [];
    },
    async gate(effect, perform) {
      calls.push(`${effect.port} ${effect.op}`);
      const due = acts.filter(({ on }) => on(effect));
      acts = acts.filter((one) => !due.includes(one));
      for (const { act } of due) {
        act();
      }
      const fault = faults.find(({ on, times }) => times > 0 && on(effect));
      if (fault) {
        fault.times--;
      }
      if (fault?.when === 'before') {
        throw new StoreError(
          fault.reason,
          `the store fails on purpose at ${effect.port} ${effect.op}`,
        );
      }
      const result = perform();
      if (fault) {
        throw new StoreError(
          fault.reason,
          `the answer of ${effect.port} ${effect.op} is lost on purpose`,
        );
      }
      return result;
    },
  };
}

function matching(what: Partial<Effect>): (effect: Effect) => boolean {
  return (effect) =>
    Object.entries(what).every(([key, value]) => effect[key as keyof Effect] === value);
}

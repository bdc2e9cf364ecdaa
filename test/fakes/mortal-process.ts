import type { Effect, Gate } from './memory-ports.ts';

/** A process that touches the world only through its gate, and can be stopped dead at any touch. */
export interface MortalProcess {
  gate: Gate;
  isDead: () => boolean;
  /** Every effect so far, in order. */
  effects: Effect[];
  /** Resolves when it has died. */
  died: Promise<Effect>;
  kill(): void;
}

/**
 * Dies at its `killAt`-th effect (from 0), just before or just after it took place; never without
 * one.
 */
export function createMortalProcess(
  killAt = Number.POSITIVE_INFINITY,
  when: 'before' | 'after' = 'before',
): MortalProcess {
  const effects: Effect[] = [];
  let resolve: (effect: Effect) => void = () => undefined;
  const died = new Promise<Effect>((settle) => {
    resolve = settle;
  });
  let dead = false;
  const forever = () => new Promise<never>(() => undefined);
  return {
    effects,
    died,
    isDead: () => dead,
    kill() {
      dead = true;
    },
    async gate(effect, perform) {
      if (dead) {
        return forever();
      }
      const fatal = effects.push(effect) - 1 === killAt;
      if (fatal && when === 'before') {
        dead = true;
        resolve(effect);
        return forever();
      }
      const result = perform();
      if (!fatal) {
        return result;
      }
      dead = true;
      resolve(effect);
      return forever();
    },
  };
}

/** Names the effect at which a process died, or says that it came to its end. */
export function describeEffect(effect: Effect | null): string {
  return effect ? `${effect.port} ${effect.op} ${effect.on}` : 'the end';
}

import { describe, expect, it } from 'vitest';
import { createArchiveGate } from '../../../lambda/keep/archive-gate.ts';
import { StoreError } from '../../../lambda/ports.ts';
import { createSimulatedClock } from '../../fakes/simulated-clock.ts';

describe(createArchiveGate.name, () => {
  it('stays closed after a denial, also when what was refused has landed', async () => {
    const gate = createArchiveGate(createSimulatedClock());
    gate.refused('key', new StoreError('denied', 'no right'));
    gate.took('key');
    expect(gate.closedBy()).toBe('no right');
    expect([gate.isOpen(), await gate.opened()]).toEqual([false, false]);
    // Nobody waits for a retry that may not start.
    expect(gate.signal().aborted).toBe(true);
  });

  it('opens again once what was refused has landed', async () => {
    const gate = createArchiveGate(createSimulatedClock());
    gate.refused('key', new StoreError('unavailable', 'away'));
    const opened = gate.opened();
    gate.took('key');
    expect([gate.isOpen(), await opened, gate.signal().aborted]).toEqual([true, true, false]);
  });
});

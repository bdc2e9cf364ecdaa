import type { Damage } from './damage.ts';
import type { Effect } from './memory-ports.ts';

export type Port = Effect['port'];

/**
 * One thing that happens to the world, `afterMs` after the one before. Numbers that choose among
 * what there is are taken modulo its count.
 */
export type Happening = { afterMs: number } & (MachineEvent | StateEvent | DamageEvent | Operation);

type MachineEvent =
  | { what: 'run'; tenants: number[] | null }
  | { what: 'crash'; process: number }
  | { what: 'freeze'; process: number; forMs: number }
  /** The wall clock of a machine is set, ahead or back. */
  | { what: 'set_clock'; process: number; byMs: number }
  | { what: 'outage'; port: Port; forMs: number }
  | { what: 'outages'; ports: Port[]; forMs: number };

type StateEvent = { what: 'delete_state' } | { what: 'put_back_state'; generation: number };

/** For a while, objects of a port can be read no more. 0 are those of the newest turn. */
export type DamageEvent = {
  what: 'damage';
  port: Port;
  object: number;
  how: Damage;
  forMs: number;
};

/** What an operator does to the map. */
export type Operation = TenantOperation | MapOperation;

export type TenantOperation = {
  what: 'paste' | 'consent' | 'note' | 'toggle' | 'remove' | 'rename';
  tenant: number;
};

type MapOperation =
  | { what: 'readd' | 'copy_with_old_token'; tenant: number; generation: number }
  | { what: 'save_old_map'; generation: number }
  | { what: 'roll_back' };

/** How often the network and the stores misbehave, from 0 to 1. */
export interface Weather {
  lostRequest: number;
  lostAnswer: number;
  slowRequest: number;
  staleRead: number;
}

export function choose<T>(from: readonly T[], index: number): T | undefined {
  return from[index % Math.max(1, from.length)];
}

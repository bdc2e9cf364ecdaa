import { saidOf, VaultMapError } from '../../lambda/map/vault-map.ts';
import { StoreError } from '../../lambda/ports.ts';
import { CommandError } from '../errors.ts';

/** One thing that `tokens doctor` looked at. */
export interface Check {
  check: string;
  result: 'ok' | 'warning' | 'failed';
  /** The finding. */
  detail: string;
  next_step: string | null;
}

/** Runs one look, and tells how it went. */
export async function attempt(check: string, look: () => Promise<string>): Promise<Check> {
  try {
    return {
      check,
      result: 'ok',
      detail: await look(),
      next_step: null,
    };
  } catch (error) {
    const isTold =
      error instanceof StoreError ||
      error instanceof CommandError ||
      error instanceof VaultMapError;
    if (!isTold) {
      throw error;
    }
    const nextStep = error instanceof CommandError ? error.nextStep : null;
    return {
      check,
      result: 'failed',
      detail: error instanceof VaultMapError ? saidOf(error) : error.message,
      next_step: nextStep,
    };
  }
}

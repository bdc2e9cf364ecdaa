import { ConfigError } from '../config.ts';
import { EventError } from '../event.ts';
import { StoreError } from '../ports.ts';
import { RunError } from '../run/run-error.ts';

/** Shards failed as a whole. Everything else of the run is settled, and its report archived. */
export class ShardsFailedError extends Error {
  override readonly name = 'ShardsFailedError';
}

const OURS = [ConfigError, EventError, RunError, ShardsFailedError, StoreError];

/**
 * Returns what may leave the process of whatever was thrown. Our own errors leave as they are. Of
 * any other only its name and its place in the code leave, since its message may quote what was
 * being read.
 */
export function toPublicError(error: unknown): Error {
  if (error instanceof Error && OURS.some((ours) => error instanceof ours)) {
    return error;
  }
  const name = error instanceof Error && /^\w{1,40}$/.test(error.name) ? error.name : 'Error';
  const fault = new Error(
    `A fault of this program (${name}): ` +
      'what it had archived is safe, and the next run goes on from there. Please report it.',
  );
  const frames =
    error instanceof Error
      ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
      : [];
  fault.stack = [`Error: ${fault.message}`, ...frames].join('\n');
  return fault;
}

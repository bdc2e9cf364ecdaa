import { homedir } from 'node:os';
import { join } from 'node:path';
import type { GlobalOptions } from '../context.ts';
import { UsageError } from '../errors.ts';

/** Where tenants live, before anything is opened. */
export type Place = { kind: 'folder'; folder: string } | { kind: 'stack'; stack: string };

/**
 * Returns the place that the options name, else the environment, else the folder of this user.
 * Throws UsageError for two places at once, and for a name that is empty.
 */
export function choosePlace(
  { home, stack }: GlobalOptions,
  { TOKENS_HOME, TOKENS_STACK, HOME }: NodeJS.ProcessEnv,
): Place {
  if (home !== undefined && stack !== undefined) {
    throw new UsageError('Give --home or --stack, not both.');
  }
  if (home?.trim() === '' || stack?.trim() === '') {
    throw new UsageError(`${home === undefined ? '--stack' : '--home'} takes a name: it is empty.`);
  }
  if (stack !== undefined) {
    return { kind: 'stack', stack };
  }
  if (home !== undefined) {
    return { kind: 'folder', folder: home };
  }
  if (TOKENS_HOME && TOKENS_STACK) {
    throw new UsageError('TOKENS_HOME and TOKENS_STACK are both set: give --home or --stack.');
  }
  if (TOKENS_STACK) {
    return { kind: 'stack', stack: TOKENS_STACK };
  }
  return { kind: 'folder', folder: TOKENS_HOME || join(HOME || homedir(), '.token-rotator') };
}

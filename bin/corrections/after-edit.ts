import { VaultMapError } from '../../lambda/map/vault-map.ts';
import { StoreError } from '../../lambda/ports.ts';
import { CommandError } from '../errors.ts';

/**
 * Does what follows an edit. Its fault tells what was done before it: nobody may take the whole
 * command for undone. `nextStep` is what to do then, where the
 * fault does not say it. Throws CommandError.
 */
export async function afterEdit<T>(
  done: string,
  nextStep: string,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isTold(error)) {
      throw error;
    }
    const fault = error.message.replace(/\.$/, '');
    const { code, nextStep: own = null } = error instanceof CommandError ? error : {};
    throw new CommandError(`${done} What was to follow failed: ${fault}.`, {
      ...(code && { code }),
      nextStep: own ?? nextStep,
    });
  }
}

function isTold(error: unknown): error is Error {
  return (
    error instanceof StoreError || error instanceof VaultMapError || error instanceof CommandError
  );
}

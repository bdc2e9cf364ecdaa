import { CommandError, UsageError } from '../errors.ts';

/** Tables show so many digits of a fingerprint, or more. */
const FEWEST_DIGITS = 7;

/**
 * Returns the fingerprint that begins with the digits which a person gives, or null. Throws
 * UsageError for anything but such digits, and CommandError where several begin so.
 */
export function findPrint(digits: string, prints: readonly string[]): string | null {
  if (!new RegExp(`^[0-9a-f]{${FEWEST_DIGITS},16}$`).test(digits)) {
    throw new UsageError(`A fingerprint is given by its first ${FEWEST_DIGITS} digits, or more.`);
  }
  const found = [...new Set(prints.filter((print) => print.startsWith(digits)))];
  if (found.length > 1) {
    throw new CommandError(`Several fingerprints begin with ${digits}: ${found.join(', ')}.`, {
      nextStep: 'Give more digits.',
    });
  }
  return found[0] ?? null;
}

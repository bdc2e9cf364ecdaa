import { shown } from '../../lambda/shown.ts';
import { UsageError } from '../errors.ts';
import { didYouMean } from '../map/closest.ts';

/** Says that a provider neither ships nor is in the map, and which one may be meant. */
export function unknownProvider(id: string, known: Iterable<string>): UsageError {
  return new UsageError(
    `There is no provider ${shown(id)}.${didYouMean(id, known)}`,
    'All providers: tokens provider list',
  );
}

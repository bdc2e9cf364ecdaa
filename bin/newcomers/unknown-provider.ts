import { shown } from '../../lambda/shown.ts';
import { CommandError } from '../errors.ts';
import { didYouMean } from '../map/closest.ts';

/** Says that a provider neither ships nor is in the map, and which one may be meant. */
export function unknownProvider(id: string, known: Iterable<string>): CommandError {
  return new CommandError(`There is no provider ${shown(id)}.${didYouMean(id, known)}`, {
    code: 'unknown_provider',
    nextStep: 'All providers: tokens provider list',
  });
}

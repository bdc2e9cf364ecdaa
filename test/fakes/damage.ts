import { StoreError } from '../../lambda/ports.ts';
import type { Effect } from './memory-ports.ts';

/** How a stored object can be read no more. */
export const DAMAGES = ['truncated', 'empty', 'other_json', 'other_shape', 'withheld'] as const;
export type Damage = (typeof DAMAGES)[number];

/** Names what an effect touches, so that damage can be looked up by it. */
export function placeOf({ port, on }: Pick<Effect, 'port' | 'on'>): string {
  return `${port} ${on}`;
}

/** Returns what a read of a damaged object gives in the place of `result`. Throws StoreError. */
export function spoiled<T>(damage: Damage, { port, op }: Effect, result: T): T {
  if (op !== 'read' && op !== 'get') {
    return result;
  }
  if (damage === 'withheld') {
    throw new StoreError('denied', `${port} gives no object`);
  }
  if (result === null || typeof result !== 'object') {
    return result;
  }
  return port === 'archive'
    ? spoiledObject(damage)
    : { ...result, text: spoiledText(damage, result) };
}

function spoiledObject<T>(damage: Damage): T {
  if (damage === 'other_shape') {
    return { version: 1 } as T;
  }
  throw new StoreError('damaged', 'an object holds no JSON object');
}

function spoiledText(damage: Damage, result: object): string {
  const text = 'text' in result && typeof result.text === 'string' ? result.text : '';
  switch (damage) {
    case 'truncated':
      return text.slice(0, text.length / 2);
    case 'other_json':
      return '[]';
    case 'other_shape':
      return '{"version":2}';
    default:
      return '';
  }
}

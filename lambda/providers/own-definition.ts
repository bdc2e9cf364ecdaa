import type * as z from 'zod/mini';
import { isObject } from '../is-object.ts';
import { definitionFault } from './definition-fault.ts';
import { type Fault, mergeDefinition, shapeFault } from './merge-definition.ts';
import { type ProviderDefinition, providerDefinition } from './provider.ts';
import { providers } from './registry.ts';
import { withoutTexts } from './without-texts.ts';

/** Describes what an operator's definition came to. */
export type OwnDefinition = { definition: ProviderDefinition } | Fault;

/** Bytes of one definition as JSON. A secret holds 64 KB in all. */
const MOST_BYTES = 8192;

/**
 * Reads an operator's definition, laid over the shipped one that `extends` names (`oauth2` where it
 * names none), and held to the same schema and to rules of its own. Never throws. A fault has the
 * path in the definition and never a value.
 */
export function readOwnDefinition(id: string, own: unknown): OwnDefinition {
  if (!isObject(own)) {
    return { path: '', problem: 'it must be an object' };
  }
  const { extends: extended = 'oauth2', ...rest } = own;
  const base = typeof extended === 'string' ? providers.get(extended) : undefined;
  if (!base) {
    return { path: 'extends', problem: 'it must be the id of a shipped provider' };
  }
  if ('id' in rest) {
    return { path: 'id', problem: 'it has none: its key is its id' };
  }
  const shape = shapeFault(rest);
  if (shape) {
    return shape;
  }
  const whole = { ...(mergeDefinition({ ...withoutTexts(base), title: id }, rest) as object), id };
  if (JSON.stringify(whole).length > MOST_BYTES) {
    return { path: '', problem: `it is longer than ${MOST_BYTES} characters` };
  }
  const parsed = providerDefinition.safeParse(whole, { reportInput: true });
  if (!parsed.success) {
    return faultOf(parsed.error.issues[0]);
  }
  return definitionFault(parsed.data) ?? { definition: parsed.data };
}

/** Returns the first issue in our own words. */
function faultOf(issue: z.core.$ZodIssue | undefined): Fault {
  if (!issue) {
    return { path: '', problem: 'it has a wrong form' };
  }
  const path = issue.path.map(String).join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return {
        path: [path, issue.keys[0]].filter(Boolean).join('.'),
        problem: 'there is no such field',
      };
    case 'invalid_value':
      return { path, problem: `it must be one of ${issue.values.map(String).join(', ')}` };
    case 'invalid_type': {
      const isMissing = issue.input === undefined;
      return {
        path,
        problem: isMissing
          ? 'it is missing'
          : `it must be ${TYPES[issue.expected] ?? 'of another type'}`,
      };
    }
    case 'too_big':
      return { path, problem: `it must be at most ${issue.maximum}` };
    case 'too_small':
      return { path, problem: `it must be at least ${issue.minimum}` };
    case 'invalid_key':
      return { path, problem: 'it has a name that is not allowed' };
    default:
      return { path, problem: 'it has a wrong form' };
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

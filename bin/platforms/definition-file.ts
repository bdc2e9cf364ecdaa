import { isObject } from '../../lambda/is-object.ts';
import { type OwnDefinition, readOwnDefinition } from '../../lambda/providers/own-definition.ts';
import { providers } from '../../lambda/providers/registry.ts';
import { CommandError } from '../errors.ts';

/** Definitions of a file as they were written, by their ids. */
export type WrittenDefinitions = ReadonlyMap<string, Record<string, unknown>>;

const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * Reads the definitions of a JSON file, one with its `id`, or several in the form that the map has
 * under `definitions`. Throws CommandError, whose message holds nothing of the file but names.
 */
export function parseDefinitionFile(text: string): WrittenDefinitions {
  const file = asObject(parseJson(text), 'The file');
  if (typeof file.id === 'string') {
    const { id, ...definition } = file;
    return new Map([[checkId(id as string), definition]]);
  }
  const listed = 'definitions' in file ? asObject(file.definitions, 'definitions') : file;
  if (Object.keys(listed).length === 0) {
    throw new CommandError('The file holds no definition.');
  }
  return new Map(
    Object.entries(listed).map(([id, definition]) => [
      checkId(id),
      asObject(definition, `Definition ${id}`),
    ]),
  );
}

/** Reads a written definition as a map would, but refuses an id that a shipped one has. */
export function readWritten(id: string, written: Record<string, unknown>): OwnDefinition {
  return providers.has(id)
    ? { path: 'id', problem: `${id} is a shipped provider: take another id, and extend it` }
    : readOwnDefinition(id, written);
}

/** Says in a sentence where a definition is wrong. */
export function faultText(
  id: string,
  { path, problem }: { path: string; problem: string },
): string {
  return `Definition ${id} is wrong${path === '' ? '' : ` at ${path}`}: ${problem}.`;
}

function checkId(id: string): string {
  if (ID.test(id)) {
    return id;
  }
  throw new CommandError(
    'A definition has a wrong id: 1 to 64 small letters, digits and dashes, the first no dash.',
    {
      nextStep: 'One definition has an "id" beside its fields; several are listed under their ids.',
    },
  );
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (isObject(value)) {
    return value;
  }
  throw new CommandError(`${what} is no JSON object.`);
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw new CommandError('The file is not JSON.');
  }
}

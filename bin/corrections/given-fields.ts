import { isSecretField } from '../../lambda/map/secret-field.ts';
import { UsageError } from '../errors.ts';
import { optionOf, SECRET_OPTIONS, TEXT_OPTIONS } from '../newcomers/tenant-questions.ts';
import { cleanField } from '../sources/clean-field.ts';
import { readSecret } from '../terminal/ask-missing.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Options of `tokens add` that give fields. Those of single fields are named after them. */
export interface FieldOptions {
  set?: string[];
  setFile?: string[];
  [option: string]: unknown;
}

/** A field whose value is to be read from a file, and the option that says so. */
interface FieldFile {
  field: string;
  option: string;
  path: string;
}

/**
 * Returns the fields that options give, secrets read from their files, all cleaned. Throws
 * UsageError for a secret among the arguments and for a value that a field cannot have.
 */
export async function givenFields(
  terminal: Terminal,
  options: FieldOptions,
): Promise<Map<string, string>> {
  const files = [...singleFiles(options), ...(options.setFile ?? []).map(fileOfPair)];
  if (files.filter(({ path }) => path === '-').length > 1) {
    throw new UsageError('Only one secret can come from stdin.');
  }
  const given = new Map<string, string>();
  for (const [field, option, value] of texts(options)) {
    given.set(field, clean(field, option, value));
  }
  for (const { field, option, path } of files) {
    given.set(field, clean(field, option, await readSecret(terminal, option, path)));
  }
  return given;
}

function texts(options: FieldOptions): [field: string, option: string, value: string][] {
  const single = TEXT_OPTIONS.flatMap((field) => {
    const value = options[camelCase(field)];
    return typeof value === 'string' ? [[field, `--${kebabCase(field)}`, value] as const] : [];
  });
  const pairs = (options.set ?? []).map((pair) => {
    const [field, value] = splitPair(pair, '--set');
    if (isSecretField(field)) {
      throw new UsageError(
        `${field} is a secret, and other users can read arguments: give it by ${optionOf(field)}.`,
      );
    }
    return [field, `--set ${field}`, value] as const;
  });
  return [...single, ...pairs].map((text) => [...text]);
}

function singleFiles(options: FieldOptions): FieldFile[] {
  return SECRET_OPTIONS.flatMap((field) => {
    const path = options[camelCase(`${field}_file`)];
    const option = `--${kebabCase(field)}-file`;
    return typeof path === 'string' ? [{ field, option, path }] : [];
  });
}

function fileOfPair(pair: string): FieldFile {
  const [field, path] = splitPair(pair, '--set-file');
  return {
    field,
    option: `--set-file ${field}`,
    path,
  };
}

function splitPair(pair: string, option: string): [string, string] {
  const at = pair.indexOf('=');
  const field = pair.slice(0, at);
  if (at < 1 || !/^[a-z][a-z0-9_]*$/.test(field)) {
    throw new UsageError(`${option} takes a field's name and its value: ${option} audience=…`);
  }
  return [field, pair.slice(at + 1)];
}

function clean(field: string, option: string, value: string): string {
  const cleaned = cleanField(field, value);
  if ('fault' in cleaned) {
    throw new UsageError(`${option}: the value ${cleaned.fault}.`);
  }
  if (cleaned.value === '') {
    throw new UsageError(`${option}: the value is empty.`);
  }
  return cleaned.value;
}

/** Returns the name under which commander keeps the value of an option. */
function camelCase(field: string): string {
  return field.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function kebabCase(field: string): string {
  return field.replaceAll('_', '-');
}

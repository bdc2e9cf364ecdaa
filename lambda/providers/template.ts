import type { ParamValue } from './grant-definition.ts';

const PLACEHOLDER = /\{([a-z][a-z0-9_]*)(\|json_base64)?\}/g;

/** Gives the value of a placeholder, or undefined where there is none. */
export type LookUp = (name: string) => string | undefined;

/**
 * Returns the names of the placeholders in a template, such as `['shop']` of
 * `https://{shop}.example/token`.
 */
export function placeholders(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
}

/** Returns the templates in a parameter's value. */
export function templatesIn(value: ParamValue): string[] {
  if (typeof value === 'string') {
    return [value];
  }
  return typeof value === 'object' ? Object.values(value).flatMap(templatesIn) : [];
}

/**
 * Returns the template with every placeholder replaced by its value, or undefined when a value is
 * missing.
 */
export function fillTemplate(template: string, lookUp: LookUp): string | undefined {
  let complete = true;
  const filled = template.replace(
    PLACEHOLDER,
    (_match, name: string, encoding: string | undefined) => {
      const value = lookUp(name);
      if (value === undefined) {
        complete = false;
      }
      return encoding
        ? Buffer.from(JSON.stringify({ [name]: value })).toString('base64')
        : String(value);
    },
  );
  return complete ? filled : undefined;
}

/**
 * Returns a parameter's value with all its templates filled, or undefined when a value is missing.
 */
export function fillValue(value: ParamValue, lookUp: LookUp): ParamValue | undefined {
  if (typeof value === 'string') {
    return fillTemplate(value, lookUp);
  }
  if (typeof value !== 'object') {
    return value;
  }
  const filled = Object.entries(value).map(([key, inner]) => [key, fillValue(inner, lookUp)]);
  return filled.some(([, inner]) => inner === undefined)
    ? undefined
    : (Object.fromEntries(filled) as ParamValue);
}

/** Returns the name under which a value is sent. One that ends in `?` may be left out. */
export function parameterName(name: string): { sentAs: string; optional: boolean } {
  const optional = name.endsWith('?');
  return { sentAs: optional ? name.slice(0, -1) : name, optional };
}

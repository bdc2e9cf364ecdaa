const PLACEHOLDER = /\{([a-z_]+)(\|json_base64)?\}/g;

/**
 * The names of the placeholders in a template, such as `['shop']` of
 * `https://{shop}.example/token`.
 */
export function placeholders(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
}

/**
 * The template with every placeholder replaced by its value, or undefined when a value is missing.
 */
export function fillTemplate(
  template: string,
  lookUp: (name: string) => string | undefined,
): string | undefined {
  let complete = true;
  const filled = template.replace(
    PLACEHOLDER,
    (_match, name: string, encoding: string | undefined) => {
      const value = lookUp(name);
      if (value === undefined) complete = false;
      return encoding
        ? Buffer.from(JSON.stringify({ [name]: value })).toString('base64')
        : String(value);
    },
  );
  return complete ? filled : undefined;
}

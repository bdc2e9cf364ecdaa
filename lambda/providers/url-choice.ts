import type { ProviderDefinition, UrlChoice } from './provider.ts';
import { fillTemplate, placeholders } from './template.ts';

/** A URL, or the field that keeps it from being made, and why in our own words. */
export type ChosenUrl = { url: string } | { field: string; problem: string };

/**
 * The URL that a tenant's fields choose, its placeholders filled with values that match their
 * patterns.
 */
export function chooseUrl(
  choice: UrlChoice,
  { variables }: ProviderDefinition,
  fields: ReadonlyMap<string, string>,
): ChosenUrl {
  const template =
    typeof choice === 'string'
      ? choice
      : new Map(Object.entries(choice.urls)).get(fields.get(choice.by) ?? choice.default);
  if (template === undefined) {
    const { by, urls } = choice as Exclude<UrlChoice, string>;
    return { field: by, problem: `it must be one of ${Object.keys(urls).join(', ')}` };
  }
  for (const field of placeholders(template)) {
    const value = fields.get(field);
    if (value === undefined) return { field, problem: 'it is missing' };
    const pattern = variables?.[field];
    if (!pattern || !new RegExp(`^(?:${pattern})$`).test(value))
      return { field, problem: 'it has characters that cannot stand in the URL' };
  }
  return { url: fillTemplate(template, (field) => fields.get(field)) ?? '' };
}

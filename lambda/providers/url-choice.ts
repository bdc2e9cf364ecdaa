import type { UrlChoice } from './fields.ts';
import type { ProviderDefinition } from './provider.ts';
import { fillTemplate, placeholders } from './template.ts';

/** Holds a URL, or the field that keeps it from being made, and why in our own words. */
export type ChosenUrl = { url: string } | { field: string; problem: string };

/** No platform's host or path has a longer part. It bounds what a pattern costs. */
const MOST_CHARACTERS = 256;
const NOT_IN_URL = 'it has characters that cannot stand in the URL';

/**
 * Returns the URL that a tenant's fields choose, its placeholders filled with values that match
 * their patterns. No pattern is trusted. The host must be the template's with each placeholder as
 * one run of letters, digits, dots and dashes.
 */
export function chooseUrl(
  choice: UrlChoice,
  { variables = {} }: Pick<ProviderDefinition, 'variables'>,
  fields: ReadonlyMap<string, string>,
): ChosenUrl {
  const template = chooseTemplate(choice, fields);
  if (typeof template !== 'string') {
    return template;
  }
  const names = placeholders(template);
  for (const field of names) {
    const problem = valueProblem(fields.get(field), variables[field]);
    if (problem !== null) {
      return { field, problem };
    }
  }
  const url = fillTemplate(template, (field) => fields.get(field)) ?? '';
  if (hasHostOf(url, template)) {
    return { url };
  }
  const [first = 'token_url'] = names;
  return { field: first, problem: NOT_IN_URL };
}

function valueProblem(value: string | undefined, pattern: string | undefined): string | null {
  if (value === undefined) {
    return 'it is missing';
  }
  if (value.length > MOST_CHARACTERS) {
    return `it is longer than ${MOST_CHARACTERS} characters`;
  }
  const isMatch = pattern !== undefined && new RegExp(`^(?:${pattern})$`).test(value);
  return isMatch ? null : NOT_IN_URL;
}

/** Returns the templates of a choice. */
export function urlTemplates(choice: UrlChoice | null | undefined): string[] {
  if (choice === null || choice === undefined) {
    return [];
  }
  return typeof choice === 'string' ? [choice] : Object.values(choice.urls);
}

/** Returns the fields that choose and fill a URL. */
export function urlFields(choice: UrlChoice | null | undefined): string[] {
  const chosenBy = choice && typeof choice === 'object' ? [choice.by] : [];
  return [...chosenBy, ...urlTemplates(choice).flatMap(placeholders)];
}

/** Returns the host of an https template with its port, placeholders included, or undefined. */
export function authorityOf(template: string): string | undefined {
  const [, authority] = /^https:\/\/([^/?#\\\s]+)(?:[/?]|$)/.exec(template) ?? [];
  return authority?.includes('@') ? undefined : authority;
}

function chooseTemplate(
  choice: UrlChoice,
  fields: ReadonlyMap<string, string>,
): string | { field: string; problem: string } {
  if (typeof choice === 'string') {
    return choice;
  }
  const { by, urls, default: usual } = choice;
  const chosen = fields.get(by) ?? usual;
  const template = new Map(Object.entries(urls)).get(chosen);
  if (template !== undefined) {
    return template;
  }
  return { field: by, problem: `it must be one of ${Object.keys(urls).join(', ')}` };
}

/** Letters, digits, dots and dashes, what a placeholder may put into a host. */
const HOST_RUN = '[A-Za-z0-9.-]+';

function hasHostOf(filled: string, template: string): boolean {
  if (!URL.canParse(filled)) {
    return false;
  }
  const { protocol, username, password, host } = new URL(filled);
  const authority = authorityOf(template);
  if (protocol !== 'https:' || authority === undefined) {
    return false;
  }
  if (username !== '' || password !== '') {
    return false;
  }
  const parts = authority.replace(/:443$/, '').split(/\{[^}]*\}/);
  const escaped = parts.map((part) => part.replace(/[.*+?^$()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join(HOST_RUN)}$`, 'i').test(host);
}

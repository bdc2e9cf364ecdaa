import type { ArchivedExchange } from '../history/archived-exchange.ts';

type Body = Pick<ArchivedExchange, 'body' | 'body_encoding'>;

/** The body as text; bytes that are not UTF-8 become U+FFFD. */
export function bodyText(exchange: Body): string {
  return exchange.body_encoding === 'base64'
    ? Buffer.from(exchange.body, 'base64').toString('utf8')
    : exchange.body;
}

/** The body as JSON, a byte order mark passed over, or undefined where it is none. */
export function parseBody(exchange: Body): unknown {
  try {
    return JSON.parse(bodyText(exchange).replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

/** What stands at a dotted path of objects' own keys, or undefined. */
export function valueAt(body: unknown, path: string): unknown {
  let value = body;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** The non-empty text at a dotted path, or undefined. */
export function textAt(body: unknown, path: string): string | undefined {
  const value = valueAt(body, path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

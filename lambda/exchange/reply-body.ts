import type { ArchivedExchange } from '../history/archived-exchange.ts';
import { listOf } from '../providers/fields.ts';

type Paths = string | readonly string[] | null;

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

/** What stands at the first path that holds anything, or undefined. */
export function valueAt(body: unknown, paths: Paths): unknown {
  return listOf(paths)
    .map((path) => valueAtPath(body, path))
    .find((value) => value !== undefined && value !== null);
}

/** What stands at a dotted path of objects' own keys, or undefined. */
function valueAtPath(body: unknown, path: string): unknown {
  let value = body;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** The text at the first path that holds one which is not empty, or undefined. */
export function textAt(body: unknown, paths: Paths): string | undefined {
  return listOf(paths)
    .map((path) => valueAtPath(body, path))
    .find((value): value is string => typeof value === 'string' && value !== '');
}

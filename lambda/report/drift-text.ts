import type { Drift } from '../outcome.ts';
import { dayText } from './instant-text.ts';

/** Returns what a platform began to do, such as `began to replace the refresh token on …`. */
export function driftText(drift: Drift, counted: 'answers' | 'runs' = 'answers'): string {
  const { since, answers, of } = drift;
  return `${changeOf(drift)} on ${dayText(since)}: ${answers} of ${of} ${counted}`;
}

function changeOf({ aspect, was, is }: Drift): string {
  const [kind = '', name = ''] = aspect.split(':');
  switch (kind) {
    case 'refresh_token':
      return REFRESH_TOKEN[String(is)] ?? `showed the refresh token otherwise (${is})`;
    case 'access_life_s':
      return `changed the life of access tokens from ${was} to ${is} s`;
    case 'refresh_life_s':
      return `changed the life of refresh tokens from ${was} to ${is} s`;
    case 'latency_ms':
      return `began to answer in ${is} ms, before in ${was} ms,`;
    case 'field':
      return is === 'there' ? `began to send ${field(name)}` : `stopped sending ${field(name)}`;
    case 'header':
      return is === 'there'
        ? `began to send the header ${name}`
        : `stopped sending the header ${name}`;
    default:
      return `changed how it refuses (${name}) from ${was} to ${is}`;
  }
}

const REFRESH_TOKEN: Readonly<Record<string, string>> = {
  changes: 'began to replace the refresh token',
  repeats: 'began to repeat the refresh token',
  missing: 'stopped sending a refresh token',
};

/** A name that no definition knows is a fingerprint. */
function field(name: string): string {
  return /^[0-9a-f]{16}$/.test(name) ? `a field of unknown name (${name})` : `the field ${name}`;
}

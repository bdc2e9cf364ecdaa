import type { PublishedToken } from '../../lambda/keep/published.ts';
import { callHeaders } from '../../lib/client/call-headers.ts';
import { freshTokenAt } from '../access/fresh-token-at.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { defineVerb } from '../verb.ts';

interface GetOptions {
  accessToken?: boolean;
  headers?: boolean;
  shard?: string;
  show?: boolean;
}

type Got = PublishedToken & { tenant: string };

const EXAMPLES = `
A token that ends within 5 minutes is refreshed first. On a terminal nothing is
shown without --show.

Examples:
  TOKEN=$(tokens get acme)
  tokens get acme --headers | curl -H @- https://api.example/v1/reports
  tokens get acme --json | jq -r .expires_at
  tokens get acme --show`;

export const define = defineVerb<[string, GetOptions], Got>({
  usage: (command) =>
    command
      .argument('<tenant>', 'whose token')
      .option('--access-token', 'the access token alone (this is the default)')
      .option('--headers', 'the header lines of a request, as curl -H @- takes them')
      .option('--shard <name>', 'where the tenant is, if that is known: saves looking for it')
      .option('--show', 'show it on a terminal')
      .addHelpText('after', EXAMPLES),
  run: get,
  print: ({ printRaw }, token, _tenant, { headers }) =>
    printRaw(headers ? headerLines(token) : token.access_token),
});

async function get(
  { terminal, json, openHome }: Context,
  tenant: string,
  options: GetOptions,
): Promise<Got> {
  if ([options.accessToken, options.headers, json].filter(Boolean).length > 1) {
    throw new UsageError('Give one of --access-token, --headers and --json.');
  }
  if (terminal.showsOutput && !options.show) {
    throw new UsageError(
      'A token is not shown on a terminal unless you ask for it with --show. Better: ' +
        `TOKEN=$(tokens get ${tenant})`,
    );
  }
  const home = await openHome();
  const { shard } = options;
  const { token, warning } = await freshTokenAt(terminal, home, { tenant, shard });
  if (warning !== null) {
    terminal.note(`Warning: ${warning}`);
  }
  return { tenant, ...token };
}

function headerLines(token: PublishedToken): string {
  return Object.entries(callHeaders(token, Date.now()))
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}

import type { Command } from 'commander';
import type { RefreshRequest } from '../../lambda/event.ts';
import { fingerprint } from '../../lambda/fingerprint.ts';
import { type PublishedToken, parsePublished } from '../../lambda/keep/published.ts';
import { DEFAULT_SHARD } from '../../lambda/names.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import type { Act } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { findTenant } from '../operations/find-tenant.ts';
import { printJson, type Terminal } from '../terminal/terminal.ts';
import { untilText } from '../terminal/time-text.ts';

interface GetOptions {
  accessToken?: boolean;
  headers?: boolean;
  shard?: string;
  show?: boolean;
}

/** A token that ends sooner is refreshed first. */
const MARGIN_MS = 5 * 60_000;

const EXAMPLES = `
A token that ends within 5 minutes is refreshed first. On a terminal nothing is
shown without --show.

Examples:
  TOKEN=$(tokens get acme)
  tokens get acme --headers | curl -H @- https://api.example/v1/reports
  tokens get acme --json | jq -r .expires_at
  tokens get acme --show`;

export function define(command: Command, act: Act): void {
  command
    .argument('<tenant>', 'whose token')
    .option('--access-token', 'the access token alone (this is the default)')
    .option('--headers', 'the header lines of a request, as curl -H @- takes them')
    .option('--shard <name>', 'where the tenant is, if that is known: saves looking for it')
    .option('--show', 'show it on a terminal')
    .addHelpText('after', EXAMPLES)
    .action(
      act(async (context, tenant: string, options: GetOptions) => {
        const { terminal, json } = context;
        if ([options.accessToken, options.headers, json].filter(Boolean).length > 1)
          throw new UsageError('Give one of --access-token, --headers and --json.');
        if (terminal.showsOutput && !options.show)
          throw new UsageError(
            `A token is not shown on a terminal unless you ask for it with --show. Better: TOKEN=$(tokens get ${tenant})`,
          );
        const token = await freshToken(await context.openHome(), tenant, options.shard, terminal);
        if (json) printJson(terminal, { tenant, ...token });
        else terminal.print(options.headers ? headerLines(token) : token.access_token);
      }),
    );
}

/**
 * A token with more than the margin left, refreshed where needed; one with less where it cannot be
 * had better.
 */
async function freshToken(
  home: Home,
  tenant: string,
  shard: string | undefined,
  terminal: Terminal,
): Promise<PublishedToken> {
  const { ports } = home;
  const published = await findPublished(ports, tenant, shard);
  const token = published?.token;
  const left = token ? Date.parse(token.expires_at) - Date.now() : 0;
  if (token && left > MARGIN_MS) return token;
  const place = published?.shard ?? (await findTenant(ports, tenant, shard)).shard;
  const request: RefreshRequest = {
    tenant,
    shard: place,
    refused: token ? fingerprint(token.access_token) : null,
  };
  const result = await home.refresh(request);
  const fresh = parsePublished(await ports.accessTokens.read(place)).get(tenant);
  const lives = fresh && Date.parse(fresh.expires_at) > Date.now();
  const failure = result.error
    ? `${result.error.message} ${result.error.next_step}`
    : `Tenant ${tenant} was not refreshed (${result.status}).`;
  if (!lives) throw new CommandError(failure);
  if (Date.parse(fresh.expires_at) <= Date.now() + MARGIN_MS)
    terminal.note(
      `Warning: this token ends ${untilText(Date.parse(fresh.expires_at), Date.now())}, and none fresher could be had. ${failure}`,
    );
  return fresh;
}

/** Looks where most tenants are first: a reader may have no right to list the other shards. */
async function findPublished(
  ports: RunPorts,
  tenant: string,
  shard?: string,
): Promise<{ shard: string; token: PublishedToken } | null> {
  const look = async (place: string) => {
    const token = parsePublished(await ports.accessTokens.read(place)).get(tenant);
    return token ? { shard: place, token } : null;
  };
  const found = await look(shard ?? DEFAULT_SHARD);
  if (found || shard !== undefined) return found;
  for (const place of await ports.accessTokens.shards()) {
    const elsewhere = place === DEFAULT_SHARD ? null : await look(place);
    if (elsewhere) return elsewhere;
  }
  return null;
}

function headerLines({ access_token, headers }: PublishedToken): string {
  const given = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  const lines = [
    ...(given ? [] : [['Authorization', `Bearer ${access_token}`]]),
    ...Object.entries(headers),
  ];
  return lines.map(([name, value]) => `${name}: ${value}`).join('\n');
}

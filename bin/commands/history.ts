import type { Command } from 'commander';
import pLimit from 'p-limit';
import { issuedCredential, judge } from '../../lambda/exchange/token-response.ts';
import { fingerprint } from '../../lambda/fingerprint.ts';
import {
  parseArchivedExchange,
  parseExchangeKey,
  shardPrefix,
} from '../../lambda/history/archived-exchange.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import type { Act } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import { formatTable } from '../terminal/table.ts';
import { printJson, type Terminal } from '../terminal/terminal.ts';

interface HistoryOptions {
  limit: string;
  shard?: string;
}

/** One exchange, without its body. Fingerprints name tokens without being them. */
interface ExchangeLine {
  at: string;
  shard: string;
  grant_type: string;
  status: number | null;
  /** `issued`, `adopted` (an operator put a credential into the map), or why it failed. */
  outcome: string;
  /** Fingerprint of the credential that was sent. */
  sent: string | null;
  /** Fingerprint of the refresh token that came back. */
  received: string | null;
  key: string;
}

const READS_AT_ONCE = 16;

const EXAMPLES = `
SENT and RECEIVED are fingerprints of refresh tokens or codes. The raw answers
are in the archive under their keys (--json shows them).

Examples:
  tokens history acme
  tokens history acme --limit 100 --json`;

export function define(command: Command, act: Act): void {
  command
    .argument('<tenant>', 'whose exchanges')
    .option('--limit <number>', 'how many, the newest ones', '20')
    .option('--shard <name>', 'only exchanges made in this shard')
    .addHelpText('after', EXAMPLES)
    .action(
      act(async (context, tenant: string, options: HistoryOptions) => {
        const limit = Number(options.limit);
        if (!Number.isSafeInteger(limit) || limit < 1)
          throw new UsageError('--limit takes a whole number above 0.');
        const { ports } = await context.openHome();
        const shards = options.shard === undefined ? await ports.vault.shards() : [options.shard];
        const keys = (
          await Promise.all(shards.map((shard) => keysOf(ports, shard, tenant)))
        ).flat();
        if (keys.length === 0)
          throw new CommandError(
            `The archive has no exchange of a tenant ${tenant}. All tenants: tokens status`,
          );
        const newest = keys.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1)).slice(-limit);
        const lines = await readLines(ports, newest);
        if (context.json) printJson(context.terminal, { tenant, exchanges: lines });
        else show(context.terminal, lines, keys.length);
      }),
    );
}

async function keysOf({ archive }: RunPorts, shard: string, tenant: string): Promise<string[]> {
  return (await archive.list(shardPrefix(shard))).filter(
    (key) => parseExchangeKey(key)?.tenant === tenant,
  );
}

/** The start of its turn, then its number among the tenant's. */
function timeOf(key: string): string {
  const { attempt = 0 } = parseExchangeKey(key) ?? {};
  return `${/\/\d{8,}-([^/]+)\//.exec(key)?.[1] ?? ''} ${String(attempt).padStart(6, '0')}`;
}

async function readLines({ archive }: RunPorts, keys: readonly string[]): Promise<ExchangeLine[]> {
  const limit = pLimit(READS_AT_ONCE);
  const lines = await Promise.all(
    keys.map((key) => limit(async () => toLine(key, await archive.get(key)))),
  );
  return lines.filter((line) => line !== null);
}

function toLine(key: string, value: unknown): ExchangeLine | null {
  const exchange = parseArchivedExchange(value);
  if (!exchange) return null;
  const adopted = exchange.grant_type === 'adopted';
  const judgement = adopted ? null : judge(exchange);
  const received = issuedCredential(exchange);
  return {
    at: exchange.sent_at,
    shard: exchange.shard,
    grant_type: exchange.grant_type,
    status: exchange.status,
    outcome:
      judgement === null ? 'adopted' : judgement.kind === 'issued' ? 'issued' : judgement.code,
    sent: exchange.spent,
    received: received === null ? null : fingerprint(received),
    key,
  };
}

const SHORT = 8;

/** So that the table fits 80 columns. */
const SHORT_GRANTS: ReadonlyMap<string, string> = new Map([
  ['adopted', ''],
  ['authorization_code', 'code'],
  ['refresh_token', 'refresh'],
  ['client_credentials', 'client'],
  ['fulfillment_user_assertion', 'assertion'],
]);

function show(terminal: Terminal, lines: readonly ExchangeLine[], total: number): void {
  const { colors } = terminal;
  const rows = lines.map(({ at, grant_type, status, outcome, sent, received }) => [
    `${at.slice(0, 10)} ${at.slice(11, 19)}`,
    SHORT_GRANTS.get(grant_type) ?? grant_type,
    status === null ? '' : String(status),
    outcome === 'issued'
      ? colors.green(outcome)
      : outcome === 'adopted'
        ? outcome
        : colors.red(outcome),
    sent?.slice(0, SHORT) ?? '',
    received === null ? '' : received === sent ? 'the same' : received.slice(0, SHORT),
  ]);
  terminal.print(
    formatTable(
      ['AT (UTC)', 'GRANT', 'HTTP', 'OUTCOME', 'SENT', 'RECEIVED'].map(colors.bold),
      rows,
      terminal.width,
    ),
  );
  if (lines.length < total)
    terminal.print(`\nThe newest ${lines.length} of ${total}. All: --limit ${total}`);
}

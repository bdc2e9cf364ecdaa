import { replyText } from '../../lambda/exchange/read-reply.ts';
import type { ArchivedExchange } from '../../lambda/history/archived-exchange.ts';
import type { EditNote } from '../audit/edit-note.ts';
import { readEdits } from '../audit/read-edits.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type ExchangeLine, readExchange, readHistory } from '../status/read-history.ts';
import { type Cell, formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

interface HistoryOptions {
  limit: string;
  shard?: string;
  keys?: boolean;
  reply?: string;
  show?: boolean;
}

type Told =
  | { kind: 'list'; tenant: string; lines: ExchangeLine[]; edits: EditNote[]; total: number }
  | { kind: 'reply'; tenant: string; key: string; exchange: ArchivedExchange };

const EXAMPLES = `
SENT and RECEIVED are the first digits of fingerprints of refresh tokens or
codes. --keys lists the keys of the raw replies. A raw reply holds tokens: it is
shown with --show only.

Examples:
  tokens history acme
  tokens history acme --limit 100 --json
  tokens history acme --keys
  tokens history acme --reply responses/default/… --show`;

export const define = defineVerb<[string, HistoryOptions], Told>({
  usage: (command) =>
    command
      .argument('<tenant>', 'whose exchanges')
      .option('--limit <number>', 'how many, the newest ones', '20')
      .option('--shard <name>', 'only exchanges made in this shard')
      .option('--keys', 'list the keys of the archived replies')
      .option('--reply <key>', 'show the raw reply of one exchange (needs --show)')
      .option('--show', 'show it: a raw reply holds tokens')
      .addHelpText('after', EXAMPLES),
  run: read,
  json: toJson,
  print: printTold,
});

async function read({ openHome }: Context, tenant: string, options: HistoryOptions): Promise<Told> {
  const limit = Number(options.limit);
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new UsageError('--limit takes a whole number above 0.');
  }
  const { reply: key, shard, show } = options;
  if (key !== undefined && !show) {
    throw new UsageError('A raw reply holds tokens: it is only shown with --show.');
  }
  const { ports } = await openHome();
  if (key !== undefined) {
    return {
      kind: 'reply',
      tenant,
      key,
      exchange: await readExchange(ports, tenant, key),
    };
  }
  const history = await readHistory(ports, tenant, { limit, shard });
  const edits = await readEdits(ports, tenant, history.lines[0]?.at ?? '');
  return {
    kind: 'list',
    tenant,
    ...history,
    edits,
  };
}

function toJson(told: Told): object {
  const { tenant } = told;
  if (told.kind === 'list') {
    return {
      tenant,
      exchanges: told.lines,
      edits: told.edits,
    };
  }
  const { status, headers, body, body_encoding } = told.exchange;
  return {
    tenant,
    key: told.key,
    reply: {
      status,
      headers,
      body,
      body_encoding,
    },
  };
}

function printTold(
  terminal: Terminal,
  told: Told,
  _tenant: string,
  { keys }: HistoryOptions,
): void {
  if (told.kind === 'list') {
    printList(terminal, told, keys === true);
  } else {
    printReply(terminal, told.exchange);
  }
}

function printList(
  terminal: Terminal,
  { tenant, lines, edits, total }: Extract<Told, { kind: 'list' }>,
  keys: boolean,
): void {
  if (lines.length + edits.length === 0) {
    terminal.print(`Tenant ${tenant} has no exchange yet. Next: tokens rotate ${tenant}`);
  } else if (keys) {
    for (const { key } of lines) {
      terminal.print(key);
    }
  } else {
    terminal.print(historyTable(terminal, lines, edits));
    noteReply(terminal, tenant, lines);
  }
  if (lines.length < total) {
    terminal.print(`\nThe newest ${lines.length} of ${total}. All: --limit ${total}`);
  }
}

/** Messages send people here to look at a reply. */
function noteReply({ note }: Terminal, tenant: string, lines: readonly ExchangeLine[]): void {
  const newest = lines.at(-1);
  if (newest?.status && newest.outcome !== 'issued') {
    note(`Its newest reply: tokens history ${tenant} --reply ${newest.key} --show`);
  }
}

function printReply({ print, printAsItIs }: Terminal, exchange: ArchivedExchange): void {
  print(exchange.status === null ? 'No answer came.' : `HTTP ${exchange.status}`);
  for (const [name, value] of Object.entries(exchange.headers)) {
    printAsItIs(`${name}: ${value}`);
  }
  printAsItIs(`\n${replyText(exchange)}`);
}

/** As many digits as let the table fit 60 columns. */
const SHORT = 7;

/** So that the table fits 80 columns. */
const SHORT_GRANTS: ReadonlyMap<string, string> = new Map([
  ['adopted', ''],
  ['authorization_code', 'code'],
  ['refresh_token', 'refresh'],
  ['client_credentials', 'client'],
  ['fulfillment_user_assertion', 'assertion'],
]);

function historyTable(
  terminal: Terminal,
  lines: readonly ExchangeLine[],
  edits: readonly EditNote[],
): string {
  const heads = [
    { title: 'AT (UTC)', whole: true },
    { title: 'GRANT', wholeWords: true, lostFirst: 1 },
    { title: 'HTTP', lostFirst: 2 },
    { title: 'OUTCOME', whole: true },
    { title: 'SENT', whole: true },
    { title: 'RECEIVED', whole: true },
  ];
  const rows = [
    ...lines.map((line) => ({ at: line.at, row: toRow(terminal, line) })),
    ...edits.map((edit) => ({ at: edit.at, row: toEditRow(edit) })),
  ];
  const sorted = rows.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  return formatTable(
    heads,
    sorted.map(({ row }) => row),
    terminal,
  );
}

function toEditRow({ at, verb, by }: EditNote): Cell[] {
  return [dayAndTime(at), `edited: ${verb} by ${by.split('/').at(-1) ?? by}`];
}

function dayAndTime(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 19)}`;
}

function toRow({ colors }: Terminal, line: ExchangeLine): Cell[] {
  const { at, grant_type, status, outcome, sent, received } = line;
  const paints = new Map([
    ['issued', colors.green],
    ['adopted', (text: string) => text],
    ['filed', (text: string) => text],
  ]);
  return [
    dayAndTime(at),
    SHORT_GRANTS.get(grant_type) ?? grant_type,
    status === null ? '' : String(status),
    { text: outcome, paint: paints.get(outcome) ?? colors.red },
    sent?.slice(0, SHORT) ?? '',
    receivedText(sent, received),
  ];
}

function receivedText(sent: string | null, received: string | null): string {
  if (received === null) {
    return '';
  }
  return received === sent ? 'the same' : received.slice(0, SHORT);
}

import type { Command } from 'commander';
import { newShardState, parseShardState } from '../../lambda/history/shard-state.ts';
import { readVault } from '../../lambda/keep/catch-up.ts';
import type { ShardFailure } from '../../lambda/outcome.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { shardFailure } from '../../lambda/report/shard-failure.ts';
import type { Act } from '../context.ts';
import { CommandError } from '../errors.ts';
import { statusOfShard, type TenantStatus } from '../operations/fleet-status.ts';
import { formatTable } from '../terminal/table.ts';
import { printJson, type Terminal } from '../terminal/terminal.ts';
import { agoText, untilText } from '../terminal/time-text.ts';
import { wrapText } from '../terminal/wrap-text.ts';

interface StatusOptions {
  shard?: string;
  failing?: boolean;
}

const EXAMPLES = `
STATE is ok, new (never rotated), expired, disabled, moved, or why it fails.

Examples:
  tokens status
  tokens status acme brandx
  tokens status --failing --json`;

export function define(command: Command, act: Act): void {
  command
    .argument('[tenants...]', 'only these')
    .option('--shard <name>', 'only tenants of this shard')
    .option('--failing', 'only tenants that somebody should look at')
    .addHelpText('after', EXAMPLES)
    .action(
      act(async (context, names: string[], options: StatusOptions) => {
        const { ports } = await context.openHome();
        const now = Date.now();
        const shards = options.shard === undefined ? await ports.vault.shards() : [options.shard];
        const read = await Promise.all(shards.map((shard) => readShard(ports, shard, now)));
        const all = read.flatMap(({ tenants }) => tenants);
        const failures = read.flatMap(({ failure }) => failure ?? []);
        if (failures.length === 0) refuseUnknown(names, all);
        const chosen = all
          .filter(({ tenant }) => names.length === 0 || names.includes(tenant))
          .filter(({ next_step }) => !options.failing || next_step !== null)
          .sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
        if (context.json)
          printJson(context.terminal, {
            tenants: chosen,
            shards: read.map(({ tenants, ...shard }) => shard),
          });
        else if (all.length === 0 && failures.length === 0)
          context.terminal.print(
            'There are no tenants yet. Add some: tokens import .env, or tokens add',
          );
        else
          show(context.terminal, chosen, {
            manyShards: shards.length > 1,
            lastSuccess: oldest(read),
            now,
          });
        for (const { message, next_step } of failures)
          context.terminal.note(`Error: ${message}\n  ${next_step}`);
        if (failures.length > 0) context.fail();
      }),
    );
}

interface ShardStatus {
  shard: string;
  last_success_at: string | null;
  tenants: TenantStatus[];
  failure?: ShardFailure;
}

/** A shard that cannot be read says so, and the others are shown. */
async function readShard(ports: RunPorts, shard: string, now: number): Promise<ShardStatus> {
  try {
    const [{ map }, stored] = await Promise.all([
      readVault(ports, shard),
      ports.states.read(shard),
    ]);
    const state = stored ? parseShardState(stored.text) : newShardState;
    return {
      shard,
      last_success_at: state.last_success_at,
      tenants: statusOfShard(shard, map, state, now),
    };
  } catch (error) {
    return {
      shard,
      last_success_at: null,
      tenants: [],
      failure: shardFailure(ports, shard, error),
    };
  }
}

function oldest(shards: readonly ShardStatus[]): string | null {
  const instants = shards
    .filter(({ tenants }) => tenants.length > 0)
    .map((shard) => shard.last_success_at);
  return instants.includes(null) ? null : (instants.sort()[0] ?? null);
}

function refuseUnknown(names: readonly string[], all: readonly TenantStatus[]): void {
  const known = new Set(all.map(({ tenant }) => tenant));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new CommandError(`There is no tenant ${unknown.join(', ')}. All of them: tokens status`);
}

interface Facts {
  manyShards: boolean;
  lastSuccess: string | null;
  now: number;
}

function show(
  terminal: Terminal,
  tenants: readonly TenantStatus[],
  { manyShards, lastSuccess, now }: Facts,
): void {
  const { colors } = terminal;
  const head = [
    'TENANT',
    ...(manyShards ? ['SHARD'] : []),
    'PROVIDER',
    'STATE',
    'EXPIRES',
    'LAST ROTATED',
  ];
  const rows = tenants.map((status) => [
    status.tenant,
    ...(manyShards ? [status.shard] : []),
    status.provider ?? '',
    colorState(terminal, status),
    status.expires_at === null ? '' : untilText(Date.parse(status.expires_at), now),
    status.rotated_at === null ? 'never' : agoText(Date.parse(status.rotated_at), now),
  ]);
  if (rows.length > 0)
    terminal.print(`${formatTable(head.map(colors.bold), rows, terminal.width)}\n`);
  const waiting = tenants.filter(({ next_step }) => next_step !== null);
  const run =
    lastSuccess === null
      ? ''
      : ` The last full run that went well was ${agoText(Date.parse(lastSuccess), now)}.`;
  terminal.print(
    `${tenants.length} ${tenants.length === 1 ? 'tenant' : 'tenants'}, ${waiting.length} to look at.${run}`,
  );
  if (waiting.length === 0) return;
  terminal.print(`\n${colors.bold('Next:')}`);
  for (const line of nextSteps(waiting))
    terminal.print(wrapText(`- ${line}`, terminal.width, '  '));
}

/** One command rotates all that only wait for that. */
function nextSteps(waiting: readonly TenantStatus[]): string[] {
  const due = waiting.filter(({ state }) => state === 'new' || state === 'expired');
  const together =
    due.length > 3 ? [`${due.length} tenants have no valid token: tokens rotate`] : [];
  const alone = together.length > 0 ? waiting.filter((one) => !due.includes(one)) : waiting;
  return [
    ...together,
    ...alone.map(({ tenant, next_step }) => `${tenant}: ${next_step?.replace(/^Nothing: /, '')}`),
  ];
}

function colorState({ colors }: Terminal, { state }: TenantStatus): string {
  if (state === 'ok') return colors.green(state);
  return state === 'new' || state === 'disabled' || state === 'moved'
    ? colors.yellow(state)
    : colors.red(state);
}

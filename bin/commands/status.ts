import { newShardState, parseShardState } from '../../lambda/history/shard-state.ts';
import { readVault } from '../../lambda/keep/read-vault.ts';
import type { ShardFailure } from '../../lambda/outcome.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { shardFailure } from '../../lambda/report/shard-failure.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { statusOfShard, type TenantStatus } from '../operations/fleet-status.ts';
import { formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { agoText, untilText } from '../terminal/time-text.ts';
import { defineVerb } from '../verb.ts';

interface StatusOptions {
  shard?: string;
  failing?: boolean;
  html?: string;
}

const EXAMPLES = `
STATE is ok, new (never rotated), expired, disabled, moved, or why it fails.

Examples:
  tokens status
  tokens status acme brandx
  tokens status --failing --json`;

interface FleetView {
  chosen: TenantStatus[];
  shards: ShardStatus[];
}

export const define = defineVerb<[string[], StatusOptions], FleetView>({
  usage: (command) =>
    command
      .argument('[tenants...]', 'only these')
      .option('--shard <name>', 'only tenants of this shard')
      .option('--failing', 'only tenants that somebody should look at')
      .option('--html <file>', 'write all of it as one page too, for people without access')
      .addHelpText('after', EXAMPLES),
  run: look,
  json: ({ chosen, shards }) => ({
    tenants: chosen,
    shards: shards.map(({ tenants, ...shard }) => shard),
  }),
  print: show,
  exitCode: ({ shards }) => (shards.some(({ failure }) => failure) ? 1 : 0),
});

async function look(
  { terminal, openHome }: Context,
  names: readonly string[],
  options: StatusOptions,
): Promise<FleetView> {
  const home = await openHome();
  if (options.html !== undefined) await drawFleet(home, options.html);
  const { ports } = home;
  const now = Date.now();
  const wanted = options.shard === undefined ? await ports.vault.shards() : [options.shard];
  const shards = await Promise.all(wanted.map((shard) => readShard(ports, shard, now)));
  const all = shards.flatMap(({ tenants }) => tenants);
  const failures = shards.flatMap(({ failure }) => failure ?? []);
  if (failures.length === 0) refuseUnknown(names, all);
  for (const { message, next_step } of failures) terminal.note(`Error: ${message}\n  ${next_step}`);
  const chosen = all
    .filter(({ tenant }) => names.length === 0 || names.includes(tenant))
    .filter(({ next_step }) => !options.failing || next_step !== null)
    .sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
  return { chosen, shards };
}

/** The page's modules are loaded when they are needed: most calls only list. */
async function drawFleet(home: Home, path: string): Promise<void> {
  const { writePicture } = await import('../ui/write-picture.ts');
  await writePicture(home, path);
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
    const state = stored ? parseShardState(stored.text) : newShardState();
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

function show(terminal: Terminal, { chosen: tenants, shards }: FleetView): void {
  const now = Date.now();
  const { colors } = terminal;
  const lastSuccess = oldest(shards);
  const manyShards = shards.length > 1;
  const none = shards.every((shard) => shard.tenants.length === 0 && !shard.failure);
  if (none) {
    terminal.print('There are no tenants yet. Add some: tokens import .env, or tokens add');
    return;
  }
  const heads = [
    { title: 'TENANT', whole: true },
    ...(manyShards ? ['SHARD'] : []),
    { title: 'PROVIDER', lostFirst: 1 },
    { title: 'STATE', whole: true },
    'EXPIRES',
    'LAST ROTATED',
  ];
  const rows = tenants.map((status) => [
    status.tenant,
    ...(manyShards ? [status.shard] : []),
    status.provider ?? '',
    { text: status.state, paint: paintOf(terminal, status) },
    status.expires_at === null ? '' : untilText(Date.parse(status.expires_at), now),
    status.rotated_at === null ? 'never' : agoText(Date.parse(status.rotated_at), now),
  ]);
  if (rows.length > 0) terminal.print(`${formatTable(heads, rows, terminal)}\n`);
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
  for (const line of nextSteps(waiting)) terminal.printWrapped(`- ${line}`, '  ');
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

function paintOf({ colors }: Terminal, { state }: TenantStatus): (text: string) => string {
  if (state === 'ok') return colors.green;
  const harmless = ['new', 'disabled', 'moved'].includes(state);
  return harmless ? colors.yellow : colors.red;
}

import type { RunRequest } from '../../lambda/event.ts';
import type { Report } from '../../lambda/outcome.ts';
import { CommandError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { openIfThere } from '../homes/open-if-there.ts';
import { findTenant } from '../map/find-tenant.ts';
import { refuseUnknownFilter } from '../newcomers/known-filter.ts';
import { refuseUnknownProvider } from '../newcomers/known-provider.ts';
import { refuseUnknownShard } from '../shards/known-shard.ts';
import {
  addFilterOptions,
  checkName,
  type FilterOptions,
  readFilter,
} from '../terminal/filter-options.ts';
import { showReport } from '../terminal/report-view.ts';
import { withProgress } from '../terminal/rotation-progress.ts';
import { parseSpan } from '../terminal/span.ts';
import { defineVerb } from '../verb.ts';

interface RotateOptions extends FilterOptions {
  shard?: string;
  expiringWithin?: string;
  dryRun?: boolean;
}

const EXAMPLES = `
Examples:
  tokens rotate                          every enabled tenant
  tokens rotate acme brandx              these two
  tokens rotate --app agency-lwa         all tenants of an app
  tokens rotate --expiring-within 45m    only tokens that end within 45 minutes
  tokens rotate --dry-run                say what would be done`;

export const define = defineVerb<[string[], RotateOptions], Report>({
  usage: (command) =>
    addFilterOptions(command.argument('[tenants...]', 'only these'))
      .option('--shard <name>', 'only tenants of this shard')
      .option(
        '--expiring-within <time>',
        'only tokens that end within this time, or are missing: 90s, 45m, 2h',
      )
      .option('--dry-run', 'ask no provider, write nothing: say what would be done')
      .addHelpText('after', EXAMPLES),
  async run(context, tenants, options) {
    const { terminal } = context;
    const request = toRequest(tenants, options);
    const there = await openIfThere(context);
    await refuseUnknownProvider(there, request.provider);
    const home = there ?? (await context.openHome());
    const report = await withProgress(terminal, `Rotating in ${home.title}`, (onProgress) =>
      home.rotate(request, onProgress),
    ).catch((error: unknown) => explainUnknown(home, request, error));
    if (home.isSandbox === true && isUnreachable(report)) {
      terminal.note(SANDBOX_ENDED);
    }
    return report;
  },
  print: (terminal, report) => showReport(terminal, report, Date.now()),
  exitCode({ summary: { failed, uncommitted, busy, deferred }, failures }) {
    return failed + uncommitted + busy + deferred > 0 || failures ? 1 : 0;
  },
});

/** A run that refuses a name does not know which one is meant. Throws in any case. */
async function explainUnknown(home: Home, request: RunRequest, error: unknown): Promise<never> {
  const isUnknown = error instanceof Error && error.message.endsWith(' Nothing was rotated.');
  if (isUnknown) {
    await refuseUnknownNames(home, request).catch(throwUnrotated);
  }
  throw error;
}

async function refuseUnknownNames(home: Home, request: RunRequest): Promise<void> {
  const { tenants, shard } = request;
  if (shard !== null) {
    await refuseUnknownShard(home.ports, shard);
  }
  await refuseUnknownFilter(home, request);
  for (const tenant of tenants ?? []) {
    await findTenant(home.ports, tenant, shard ?? undefined);
  }
}

function throwUnrotated(error: unknown): never {
  if (!(error instanceof CommandError)) {
    throw error;
  }
  const { message, code, nextStep } = error;
  throw new CommandError(`${message} Nothing was rotated.`, {
    code,
    ...(nextStep !== null && { nextStep }),
  });
}

const SANDBOX_ENDED =
  'This is the folder of npm start, whose sandbox server has ended. One that stays: ' +
  'npm start -- --keep';

function isUnreachable({ outcomes }: Report): boolean {
  return outcomes.some(({ error }) => error?.code === 'provider_unavailable');
}

function toRequest(tenants: readonly string[], options: RotateOptions): RunRequest {
  const { shard, expiringWithin, dryRun = false } = options;
  for (const tenant of tenants) {
    checkName('A tenant', tenant);
  }
  if (shard !== undefined) {
    checkName('A shard', shard);
  }
  return {
    ...readFilter(options),
    tenants: tenants.length > 0 ? [...new Set(tenants)] : null,
    shard: shard ?? null,
    expiring_within_seconds:
      expiringWithin === undefined ? null : parseSpan('--expiring-within', expiringWithin) / 1000,
    dry_run: dryRun,
  };
}

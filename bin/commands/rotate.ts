import type { Command } from 'commander';
import { parseEvent } from '../../lambda/event.ts';
import type { Act } from '../context.ts';
import { UsageError } from '../errors.ts';
import { showReport } from '../terminal/report-view.ts';
import { showProgress } from '../terminal/rotation-progress.ts';
import { printJson } from '../terminal/terminal.ts';

interface RotateOptions {
  provider?: string;
  shard?: string;
  expiringWithin?: string;
  dryRun?: boolean;
}

const EXAMPLES = `
Examples:
  tokens rotate                          every enabled tenant
  tokens rotate acme brandx              these two
  tokens rotate --expiring-within 45m    only tokens that end within 45 minutes
  tokens rotate --dry-run                say what would be done`;

export function define(command: Command, act: Act): void {
  command
    .argument('[tenants...]', 'only these')
    .option('--provider <id>', 'only tenants of this provider, such as amazon-ads')
    .option('--shard <name>', 'only tenants of this shard')
    .option(
      '--expiring-within <time>',
      'only tokens that end within this time, or are missing: 90s, 45m, 2h',
    )
    .option('--dry-run', 'ask no provider, write nothing: say what would be done')
    .addHelpText('after', EXAMPLES)
    .action(
      act(async (context, tenants: string[], options: RotateOptions) => {
        const request = parseEvent({
          ...(tenants.length > 0 && { tenants }),
          ...(options.provider !== undefined && { provider: options.provider }),
          ...(options.shard !== undefined && { shard: options.shard }),
          ...(options.expiringWithin !== undefined && {
            expiring_within_seconds: parseSeconds(options.expiringWithin),
          }),
          ...(options.dryRun && { dry_run: true }),
        });
        const { terminal } = context;
        const home = await context.openHome();
        terminal.progress(`Rotating in ${home.title} …`);
        const report = await home.rotate(request, showProgress(terminal));
        terminal.progress('');
        if (context.json) printJson(terminal, report);
        else showReport(terminal, report, Date.now());
        const { failed, uncommitted, busy, deferred } = report.summary;
        if (failed + uncommitted + busy + deferred > 0 || report.failures) context.fail();
      }),
    );
}

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };

function parseSeconds(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)([smhd])?$/.exec(text) ?? [];
  if (number === undefined)
    throw new UsageError('--expiring-within takes a number and a unit: 90s, 45m, 2h, 1d.');
  return Number(number) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
}

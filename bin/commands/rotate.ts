import { parseEvent, type RunRequest } from '../../lambda/event.ts';
import type { Report } from '../../lambda/outcome.ts';
import { showReport } from '../terminal/report-view.ts';
import { showProgress } from '../terminal/rotation-progress.ts';
import { parseSpan } from '../terminal/span.ts';
import { defineVerb } from '../verb.ts';

interface RotateOptions {
  provider?: string;
  app?: string;
  tag?: string;
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
    command
      .argument('[tenants...]', 'only these')
      .option('--provider <id>', 'only tenants of this provider, such as amazon-ads')
      .option('--app <name>', 'only tenants of this app')
      .option('--tag <text>', 'only tenants with this tag')
      .option('--shard <name>', 'only tenants of this shard')
      .option(
        '--expiring-within <time>',
        'only tokens that end within this time, or are missing: 90s, 45m, 2h',
      )
      .option('--dry-run', 'ask no provider, write nothing: say what would be done')
      .addHelpText('after', EXAMPLES),
  async run({ terminal, openHome }, tenants, options) {
    const request = toRequest(tenants, options);
    const home = await openHome();
    terminal.progress(`Rotating in ${home.title} …`);
    return home.rotate(request, showProgress(terminal));
  },
  print: (terminal, report) => showReport(terminal, report, Date.now()),
  exitCode({ summary: { failed, uncommitted, busy, deferred }, failures }) {
    return failed + uncommitted + busy + deferred > 0 || failures ? 1 : 0;
  },
});

function toRequest(tenants: readonly string[], options: RotateOptions): RunRequest {
  const { provider, shard, expiringWithin, dryRun } = options;
  return parseEvent({
    ...(tenants.length > 0 && { tenants }),
    ...(provider !== undefined && { provider }),
    ...(shard !== undefined && { shard }),
    ...(expiringWithin !== undefined && {
      expiring_within_seconds: parseSpan('--expiring-within', expiringWithin) / 1000,
    }),
    ...(dryRun && { dry_run: true }),
  });
}

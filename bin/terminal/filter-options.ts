import type { Command } from 'commander';
import type { TenantFilter } from '../../lambda/map/tenant-filter.ts';
import { isName } from '../../lambda/names.ts';
import { shown } from '../../lambda/shown.ts';
import { UsageError } from '../errors.ts';

/** Which tenants a verb is for. */
export interface FilterOptions {
  provider?: string;
  app?: string;
  tag?: string;
}

/** Gives a verb the options that filter tenants. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--provider <id>', 'only tenants of this provider, such as amazon-ads')
    .option('--app <name>', 'only tenants of this app')
    .option('--tag <text>', 'only tenants with this tag');
}

/** Reads the filter that the options give. Throws UsageError. */
export function readFilter({ provider, app, tag }: FilterOptions): TenantFilter {
  if (provider !== undefined) {
    checkName('A provider', provider);
  }
  if (app !== undefined) {
    checkName('An app', app);
  }
  return {
    provider: provider ?? null,
    app: app ?? null,
    tag: tag ?? null,
  };
}

/** Throws UsageError for a text that cannot name a thing of ours. */
export function checkName(what: string, text: string): void {
  if (!isName(text)) {
    throw new UsageError(
      `${what} has a name of 1 to 64 letters, digits, dots, dashes and underscores: ` +
        `${shown(text)} is none.`,
    );
  }
}

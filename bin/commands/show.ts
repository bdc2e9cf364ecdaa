import type { Context } from '../context.ts';
import { type ShownField, shownEntry } from '../corrections/shown-entry.ts';
import { findTenant } from '../map/find-tenant.ts';
import { formatTable } from '../terminal/table.ts';
import { defineVerb } from '../verb.ts';

interface Shown {
  tenant: string;
  shard: string;
  fields: ShownField[];
}

const EXAMPLES = `
Secrets are shown as fingerprints: the first 16 hex digits of their SHA-256.

Examples:
  tokens show acme
  tokens show acme --json`;

const HEADS = [
  { title: 'FIELD', whole: true },
  { title: 'VALUE', wholeWords: true },
  { title: 'FROM', wholeWords: true, lostFirst: 1 },
];

export const define = defineVerb<[string, { shard?: string }], Shown>({
  usage: (command) =>
    command
      .argument('<tenant>', 'whose entry')
      .option('--shard <name>', 'where the tenant is, if that is known: saves looking for it')
      .addHelpText('after', EXAMPLES),
  run: show,
  print(terminal, { tenant, shard, fields }) {
    terminal.print(`Tenant ${tenant} in shard ${shard}:\n`);
    const rows = fields.map(({ field, value, from_app }) => [
      field,
      value,
      from_app === null ? '' : `app ${from_app}`,
    ]);
    terminal.print(formatTable(HEADS, rows, terminal));
    terminal.print(`\nTo change one: tokens set ${tenant} FIELD=VALUE`);
  },
});

async function show(
  { openHome }: Context,
  tenant: string,
  options: { shard?: string },
): Promise<Shown> {
  const { ports } = await openHome();
  const { shard, map } = await findTenant(ports, tenant, options.shard);
  return {
    tenant,
    shard,
    fields: shownEntry(tenant, map),
  };
}

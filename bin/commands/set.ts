import { FREE_FIELDS } from '../../lambda/map/tenant-fields.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { editTenant } from '../map/edit-entry.ts';
import { type FieldEdit, parseEdit, secretEdit } from '../map/field-edit.ts';
import { addSecretOptions, type SecretOptions, takeSecret } from '../terminal/secret-source.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

interface Set {
  tenant: string;
  result: 'changed' | 'unchanged';
}

const EXAMPLES = `
A secret is named alone, and asked for unseen, or read with --stdin or --file.
tags are separated by commas; a header is headers.NAME. Nothing is written
that would make a right entry wrong.

Examples:
  tokens set acme scope="read write" title="Acme Ltd"
  tokens set acme tags=eu,gold headers.Amazon-Advertising-API-Scope=123
  tokens set acme client_secret`;

export const define = defineVerb<[string, string[], SecretOptions], Set>({
  usage: (command) =>
    addSecretOptions(
      command
        .argument('<tenant>', 'whose entry')
        .argument('<field=value...>', 'what to set; a secret field without a value'),
    ).addHelpText('after', EXAMPLES),
  async run(context, tenant, pairs, options) {
    const { ports } = await context.openHome();
    const edits = await readEdits(context, tenant, pairs, options);
    return { tenant, result: await editTenant(ports, tenant, edits) };
  },
  print: printSet,
});

/** Reads the edits that a command line gives, with the one secret that may be among them. */
export async function readEdits(
  { terminal }: Context,
  tenant: string,
  pairs: readonly string[],
  options: SecretOptions,
): Promise<FieldEdit[]> {
  const secrets = pairs.filter((pair) => !pair.includes('='));
  if (secrets.length > 1) {
    throw new UsageError('Set one secret at a time.');
  }
  const edits = pairs.filter((pair) => pair.includes('=')).map((pair) => parseEdit(pair, tenant));
  const [field] = secrets;
  if (field === undefined) {
    return edits;
  }
  secretEdit(tenant, field, '');
  return [
    ...edits,
    secretEdit(tenant, field, await takeSecret(terminal, options, { field, label: field })),
  ];
}

function printSet(
  { print, colors }: Terminal,
  { tenant, result }: Set,
  _tenant: string,
  pairs: readonly string[],
): void {
  const isSent = pairs.some((pair) => !FREE_FIELDS.has(pair.split('=', 1)[0] ?? ''));
  const next = isSent ? ` Next: ${colors.cyan(`tokens rotate ${tenant}`)}` : '';
  if (result === 'unchanged') {
    print(`The entry of tenant ${tenant} says so already.`);
  } else {
    print(`The entry of tenant ${tenant} was changed.${next}`);
  }
}

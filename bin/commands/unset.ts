import { editTenant } from '../map/edit-entry.ts';
import { unsetOf } from '../map/field-edit.ts';
import { defineVerb } from '../verb.ts';

const EXAMPLES = `
What the tenant's app says of the field counts again. Nothing is written that
would make a right entry wrong.

Example:
  tokens unset acme scope`;

export const define = defineVerb<
  [string, string[]],
  { tenant: string; result: 'changed' | 'unchanged' }
>({
  usage: (command) =>
    command
      .argument('<tenant>', 'whose entry')
      .argument('<fields...>', 'the fields that go')
      .addHelpText('after', EXAMPLES),
  async run({ openHome }, tenant, fields) {
    const { ports } = await openHome();
    return { tenant, result: await editTenant(ports, tenant, fields.map(unsetOf)) };
  },
  print: ({ print }, { tenant, result }) =>
    print(
      result === 'changed'
        ? `The entry of tenant ${tenant} was changed.`
        : `The entry of tenant ${tenant} has no such field of its own.`,
    ),
});

import { didYouMean } from '../map/closest.ts';
import { editTenant } from '../map/edit-entry.ts';
import { knownFields } from '../map/entry-fields.ts';
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
    return {
      tenant,
      result: await editTenant(
        ports,
        tenant,
        fields.map((field) => unsetOf(field, tenant)),
      ),
    };
  },
  print: ({ print }, { tenant, result }, _tenant, fields) =>
    print(
      result === 'changed'
        ? `The entry of tenant ${tenant} was changed.`
        : `The entry of tenant ${tenant} has no such field of its own.${perhaps(fields)}`,
    ),
});

function perhaps(fields: readonly string[]): string {
  const [unknown] = fields.filter((field) => !knownFields.has(field));
  return unknown === undefined ? '' : didYouMean(unknown, knownFields);
}

import { editApp, type ShardChange } from '../map/edit-app.ts';
import { parseEdit } from '../map/field-edit.ts';
import { exitCodeOf, showNewFields } from '../terminal/shard-changes.ts';
import { defineVerb } from '../verb.ts';

const EXAMPLES = `
Nothing is written that would make a tenant's right entry wrong. The client
secret has a command of its own: tokens app set-secret

Example:
  tokens app set agency-lwa region=eu`;

export const set = defineVerb<[string, string[]], { app: string; shards: ShardChange[] }>({
  usage: (command) =>
    command
      .argument('<app>', 'the name of the app')
      .argument('<field=value...>', 'what to set; an empty value takes the field away')
      .addHelpText('after', EXAMPLES),
  async run({ openHome }, app, pairs) {
    const edits = pairs
      .map((pair) => parseEdit(pair))
      .map((edit) => (edit.value === '' ? { ...edit, value: undefined } : edit));
    const { ports } = await openHome();
    return { app, shards: await editApp(ports, app, () => edits) };
  },
  print: (terminal, { shards }) => showNewFields(terminal, shards),
  exitCode: ({ shards }) => exitCodeOf(shards),
});

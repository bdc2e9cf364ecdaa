import { emptyMap } from '../../lambda/map/vault-map.ts';
import { DEFAULT_SHARD } from '../../lambda/names.ts';
import { readFleet } from '../../lambda/run/fleet.ts';
import type { Context } from '../context.ts';
import { addApp, appThere } from '../corrections/add-app.ts';
import { secretFieldOf } from '../map/client-secret.ts';
import { type FieldEdit, parseEdit } from '../map/field-edit.ts';
import { refuseUnknownProvider } from '../newcomers/known-provider.ts';
import { addSecretOptions, type SecretOptions, takeSecret } from '../terminal/secret-source.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';
import { labelOf } from './app-secret.ts';

type Options = SecretOptions & { shard?: string; public?: boolean };

const EXAMPLES = `
The client secret, or the key that the client signs with, is asked for unseen,
or read with --stdin or --file.

Example:
  tokens app add agency-lwa provider=amazon-ads client_id=amzn1.… region=eu`;

export const add = defineVerb<[string, string[], Options], { app: string; added: true }>({
  usage: (command) =>
    addSecretOptions(
      command
        .argument('<app>', 'its name: letters, digits, dots, dashes, underscores')
        .argument('<field=value...>', 'provider=…, client_id=…, and what else its tenants share'),
    )
      .option('--shard <name>', 'the shard it is added to (default: default)')
      .option('--public', 'a public client, which has no secret')
      .addHelpText('after', EXAMPLES),
  run: addFromFields,
  print: ({ print, colors }, { app }) =>
    print(`App ${app} was added. Next: ${colors.cyan(`tokens add TENANT --app ${app}`)}`),
});

async function addFromFields(
  { terminal, openHome }: Context,
  app: string,
  pairs: readonly string[],
  options: Options,
): Promise<{ app: string; added: true }> {
  const edits = pairs.map((pair) => parseEdit(pair));
  const home = await openHome({ create: true });
  const provider = edits.find(({ path }) => path[0] === 'provider')?.value;
  await refuseUnknownProvider(home, typeof provider === 'string' ? provider : null);
  const { maps } = await readFleet(home.ports, options.shard ?? DEFAULT_SHARD);
  const [map] = maps.values();
  if (map?.apps.has(app)) {
    throw appThere(app);
  }
  const field = options.public ? null : secretFieldOf(provider, map ?? emptyMap());
  const secret = field === null ? [] : [await askSecretOf(terminal, options, { app, field })];
  await addApp(home.ports, app, { shard: options.shard, edits: [...edits, ...secret] });
  return { app, added: true };
}

async function askSecretOf(
  terminal: Terminal,
  options: Options,
  { app, field }: { app: string; field: string },
): Promise<FieldEdit> {
  const value = await takeSecret(terminal, options, { field, label: labelOf(app, field) });
  return { path: [field], value, unseen: true };
}

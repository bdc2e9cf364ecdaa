import type { Context } from '../context.ts';
import { addApp } from '../corrections/add-app.ts';
import { parseEdit } from '../map/field-edit.ts';
import { refuseUnknownProvider } from '../newcomers/known-provider.ts';
import { addSecretOptions, type SecretOptions, takeSecret } from '../terminal/secret-source.ts';
import { defineVerb } from '../verb.ts';

type Options = SecretOptions & { shard?: string; public?: boolean };

const EXAMPLES = `
The client secret is asked for unseen, or read with --stdin or --file.

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
  const edits = pairs.map(parseEdit);
  const home = await openHome({ create: true });
  const provider = edits.find(({ path }) => path[0] === 'provider')?.value;
  await refuseUnknownProvider(home, typeof provider === 'string' ? provider : null);
  const secret = options.public
    ? []
    : [
        {
          path: ['client_secret'],
          value: await takeSecret(terminal, options, `Client secret of ${app}`),
        },
      ];
  await addApp(home.ports, app, { shard: options.shard, edits: [...edits, ...secret] });
  return { app, added: true };
}

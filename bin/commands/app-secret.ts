import { fingerprint } from '../../lambda/fingerprint.ts';
import type { Context } from '../context.ts';
import { trySecret } from '../corrections/try-secret.ts';
import { CommandError } from '../errors.ts';
import { addSecret, dropSecret, replaceSecrets } from '../map/app-secrets.ts';
import { secretFieldOfApp } from '../map/client-secret.ts';
import { editApp, findApp, type ShardChange } from '../map/edit-app.ts';
import { addSecretOptions, type SecretOptions, takeSecret } from '../terminal/secret-source.ts';
import { exitCodeOf, showChanges, showNewFields } from '../terminal/shard-changes.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

interface Changed {
  app: string;
  shards: ShardChange[];
  /** The tenant that the secret was tried for before. */
  tried?: string;
}

type TryOption = SecretOptions & { try?: string | true };

const SET_EXAMPLES = `
--try asks once with the new secret, for the tenant named or the one that
rotated last, and changes nothing where it is refused.

Examples:
  tokens app set-secret agency-lwa --try
  tokens app set-secret agency-lwa --try acme --file secret.txt`;

export const setSecretVerb = defineVerb<[string, TryOption], Changed>({
  usage: (command) =>
    addSecretOptions(command.argument('<app>', 'the name of the app'))
      .option('--try [tenant]', 'ask with the new secret first, for this tenant')
      .addHelpText('after', SET_EXAMPLES),
  run: setSecret,
  print: printChanged,
  exitCode: ({ shards }) => exitCodeOf(shards),
});

async function setSecret(
  { terminal, openHome }: Context,
  app: string,
  options: TryOption,
): Promise<Changed> {
  const home = await openHome();
  const field = secretFieldOfApp(app, await findApp(home.ports, app));
  const secret = await takeSecret(terminal, options, { field, label: labelOf(app, field) });
  const edit = replaceSecrets(field, secret);
  if (options.try === undefined) {
    return { app, shards: await editApp(home.ports, app, edit) };
  }
  terminal.progress('Asking with the new secret …');
  const tenant = options.try === true ? null : options.try;
  const tried = await trySecret(home, {
    app,
    field,
    secret,
    tenant,
  });
  return { app, shards: await editApp(home.ports, app, edit), tried };
}

/** Returns how questions and errors call the secret of an app. */
export function labelOf(app: string, field: string): string {
  const name = field.charAt(0).toUpperCase() + field.slice(1).replaceAll('_', ' ');
  return `${name} of ${app}`;
}

function printChanged(terminal: Terminal, { shards, tried }: Changed): void {
  if (tried !== undefined) {
    terminal.print(`The new secret works: tenant ${tried} has new tokens.`);
  }
  showNewFields(terminal, shards);
}

const ADD_EXAMPLES = `
For a change without an outage: add the new secret here, end the old one at the
platform, then drop it here. Runs use the first secret that is not refused.

Example:
  tokens app add-secret agency-lwa --file secret.txt`;

export const addSecretVerb = defineVerb<[string, SecretOptions], Changed & { fingerprint: string }>(
  {
    usage: (command) =>
      addSecretOptions(command.argument('<app>', 'the name of the app')).addHelpText(
        'after',
        ADD_EXAMPLES,
      ),
    async run({ terminal, openHome }, app, options) {
      const { ports } = await openHome();
      const field = secretFieldOfApp(app, await findApp(ports, app));
      if (field !== 'client_secret') {
        throw hasOneKey(app, field);
      }
      const secret = await takeSecret(terminal, options, { field, label: labelOf(app, field) });
      const shards = await editApp(ports, app, addSecret(secret));
      return { app, shards, fingerprint: fingerprint(secret) };
    },
    print(terminal, { app, shards, fingerprint: print }) {
      showChanges(terminal, shards);
      if (shards.some(({ result }) => result === 'changed')) {
        terminal.print(`To undo: tokens app drop-secret ${app} ${print}`);
      }
    },
    exitCode: ({ shards }) => exitCodeOf(shards),
  },
);

function hasOneKey(app: string, field: string): CommandError {
  return new CommandError(`The clients of app ${app} sign with one key, its field ${field}.`, {
    nextStep: `To replace it: tokens app set-secret ${app}`,
  });
}

const DROP_EXAMPLES = `
Without a fingerprint the oldest one goes. The last one stays. The fingerprints:
tokens app list

Example:
  tokens app drop-secret agency-lwa`;

export const dropSecretVerb = defineVerb<[string, string | undefined], Changed>({
  usage: (command) =>
    command
      .argument('<app>', 'the name of the app')
      .argument('[fingerprint]', 'which secret')
      .addHelpText('after', DROP_EXAMPLES),
  async run({ openHome }, app, print) {
    const { ports } = await openHome();
    return { app, shards: await editApp(ports, app, dropSecret(app, print)) };
  },
  print: (terminal, { shards }) => showChanges(terminal, shards),
  exitCode: ({ shards }) => exitCodeOf(shards),
});

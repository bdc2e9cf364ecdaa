import { fingerprint } from '../../lambda/fingerprint.ts';
import { CommandError } from '../errors.ts';
import type { AppEdit } from './edit-app.ts';
import type { FieldEdit } from './field-edit.ts';
import { findPrint } from './find-print.ts';

/** Puts one secret, or the key that a client signs with, in place of what the app has. */
export function replaceSecrets(field: string, secret: string): AppEdit {
  return () =>
    field === 'client_secret'
      ? asFields([secret])
      : [{ path: [field], value: secret, unseen: true }];
}

/** Adds a secret that is tried when those before it are refused. */
export function addSecret(secret: string): AppEdit {
  return (app) => {
    const secrets = secretsOf(app);
    return secrets.includes(secret) ? [] : asFields([...secrets, secret]);
  };
}

/**
 * Takes away the secret whose fingerprint begins with `digits`, or the oldest one. Throws
 * UsageError for digits of no fingerprint, and CommandError where it would leave none, or there is
 * no such secret.
 */
export function dropSecret(app: string, digits: string | undefined): AppEdit {
  return (fields) => {
    const secrets = secretsOf(fields);
    const prints = secrets.map(fingerprint);
    const at = digits === undefined ? 0 : prints.indexOf(findPrint(digits, prints) ?? '');
    if (at < 0) {
      throw new CommandError('The app has no client secret of this fingerprint.', {
        nextStep: `It has ${prints.join(', ') || 'none'}`,
      });
    }
    if (secrets.length < 2) {
      throw new CommandError('The app has one client secret: it would have none left.', {
        nextStep: `To replace it: tokens app set-secret ${app}`,
      });
    }
    return asFields(secrets.toSpliced(at, 1));
  };
}

/** Returns the app's client secrets in the order in which they are tried. */
export function secretsOf(app: Readonly<Record<string, unknown>>): string[] {
  const { client_secret: single, client_secrets: list } = app;
  const all = Array.isArray(list) ? list : [single];
  return all.filter((secret) => typeof secret === 'string' && secret !== '');
}

/** One secret is `client_secret`, several are the list `client_secrets`. */
function asFields(secrets: readonly string[]): FieldEdit[] {
  const [only] = secrets;
  const isOne = secrets.length === 1;
  return [
    { path: ['client_secret'], value: isOne ? only : undefined },
    { path: ['client_secrets'], value: isOne ? undefined : secrets },
  ];
}

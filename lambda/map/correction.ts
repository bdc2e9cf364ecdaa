import { shown } from '../shown.ts';
import { isSecretField } from './secret-field.ts';

/** `tenants.<name>.<field>` or `apps.<name>.<field>`; names may hold dots, and so may headers. */
const FIELD_PATH = /^(tenants|apps)\.(.+?)\.(headers(?:\..+)?|[^.]+)$/;

/**
 * Returns the command that corrects a field of the map: `tenants.acme.token_url` is corrected by
 * `tokens set acme token_url=VALUE`. A path that no command reaches is only named.
 */
export function correctionOf(path: string): string {
  const command = commandFor(path);
  return command === null
    ? `Correct ${shown(path)} in the tenant credential map.`
    : `Correct ${shown(path)}: ${command}`;
}

/** Returns what adds a field that a tenant lacks. Its app may hold the field too. */
export function additionOf(path: string, field: string): string {
  const command = commandFor(path);
  return `Add ${field} to the tenant or its app${command === null ? '.' : `: ${command}`}`;
}

function commandFor(path: string): string | null {
  const [, section, rawName, rawField] = FIELD_PATH.exec(path) ?? [];
  if (rawName === undefined || rawField === undefined) {
    return null;
  }
  const [name, field] = [shown(rawName), shown(rawField)];
  return section === 'apps' ? commandForApp(name, field) : commandForTenant(name, field);
}

function commandForTenant(tenant: string, field: string): string {
  switch (field) {
    case 'refresh_token':
      return `tokens set-refresh-token ${tenant}`;
    case 'authorization_code':
      return `tokens connect ${tenant}`;
    case 'enabled':
      return `tokens resume ${tenant}`;
    case 'headers':
      return `tokens unset ${tenant} headers`;
    default:
      return `tokens set ${tenant} ${givenAs(field)}`;
  }
}

function commandForApp(app: string, field: string): string {
  if (field === 'client_secret' || field === 'client_secrets') {
    return `tokens app set-secret ${app}`;
  }
  return `tokens app set ${app} ${givenAs(field)}`;
}

/** Other users can read arguments, so a secret is asked for unseen. */
function givenAs(field: string): string {
  return isSecretField(field) ? field : `${field}=VALUE`;
}

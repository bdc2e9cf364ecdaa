import { hostname, userInfo } from 'node:os';
import type { ConnectLink, ConsentQuestion } from '../../lambda/connect/connect-link.ts';
import { writeLink } from '../../lambda/connect/connect-store.ts';
import { hashOf, newLinkToken } from '../../lambda/connect/link-token.ts';
import type { Tenant } from '../../lambda/map/tenant.ts';
import { isTenant, resolveTenant } from '../../lambda/map/tenant-entry.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { CommandError } from '../errors.ts';
import { consentQuestion } from './consent-question.ts';

const DAY_MS = 86_400_000;

/** A link works for 7 days where nothing else is said. */
export const USUAL_TERMS: LinkTerms = { lifetimeMs: 7 * DAY_MS, note: null };

/** Where a deployed connect page is. */
export interface ConnectPage {
  /** Of links, such as `https://x.example`. */
  url: string;
  /** Of callbacks, a platform's id follows. */
  redirectUri: string;
}

/** A new link. The address is a secret. Who has it can connect an account. */
export interface Invitation {
  tenant: string;
  platform: string;
  title: string | null;
  contact: string | null;
  url: string;
  expires_at: string;
  /** Says what must be registered with the platform. */
  redirect_uri: string;
}

export interface Invited {
  name: string;
  shard: string;
  map: VaultMap;
}

/** How long a link lives, and what it says. */
export interface LinkTerms {
  lifetimeMs: number;
  note: string | null;
}

/**
 * Makes a connect link for a tenant and stores all of it but its secret. Throws CommandError for a
 * tenant that no consent can help, and StoreError.
 */
export async function inviteTenant(
  ports: Pick<RunPorts, 'records' | 'clock'>,
  page: ConnectPage,
  invited: Invited,
  terms: LinkTerms,
): Promise<Invitation> {
  const { name, shard, map } = invited;
  const token = newLinkToken();
  const found = asInvited(name, map, page);
  const link = toLink(found, shard, ports.clock.now(), terms);
  await writeLink(
    ports.records,
    {
      ...link,
      id: token.id,
      secret_hash: hashOf(token.secret),
    },
    null,
  );
  return {
    tenant: name,
    platform: found.provider.title,
    title: found.title,
    contact: found.contact,
    url: `${page.url}/c/${token.id}${token.secret}`,
    expires_at: link.expires_at,
    redirect_uri: link.redirect_uri,
  };
}

/** Returns the address that must be registered with a platform for connect links. */
export function callbackUri({ redirectUri }: ConnectPage, provider: string): string {
  return `${redirectUri}/${provider}`;
}

/**
 * The tenant as it will be when it holds a code. What is wrong with its entry otherwise is found
 * before anybody is asked for consent.
 */
function asInvited(name: string, map: VaultMap, page: ConnectPage): Tenant {
  const held = map.tenants.get(name) as object | undefined;
  const resolve = (redirectUri: string) => {
    const entry = {
      ...held,
      authorization_code: 'pending',
      redirect_uri: redirectUri,
    };
    const tenant = resolveTenant(name, { ...map, tenants: new Map([[name, entry]]) });
    if (!isTenant(tenant)) {
      throw new CommandError(tenant.message, { nextStep: tenant.next_step });
    }
    return tenant;
  };
  const { provider } = resolve(page.redirectUri);
  return resolve(callbackUri(page, provider.id));
}

function toLink(
  tenant: Tenant,
  shard: string,
  now: number,
  { lifetimeMs, note }: LinkTerms,
): Omit<ConnectLink, 'id' | 'secret_hash'> {
  const { name, provider, fields, title } = tenant;
  const redirectUri = fields.get('redirect_uri') ?? '';
  const consent = consentQuestion(tenant, redirectUri);
  if (provider.authorize?.names?.state === null) {
    throw new CommandError(
      `${provider.title} sends no state back, so that a link cannot be told from another.`,
      { nextStep: `Connect it here: tokens connect ${name}` },
    );
  }
  return {
    version: 1,
    tenant: name,
    shard,
    provider: provider.id,
    client_id: tenant.client_id,
    token_host: new URL(tenant.token_url).host,
    redirect_uri: redirectUri,
    made_at: new Date(now).toISOString(),
    made_by: `${userInfo().username}@${hostname()}`,
    expires_at: new Date(now + lifetimeMs).toISOString(),
    shown: {
      platform: platformName(tenant, consent),
      account: title,
      permissions: permissionsOf(tenant),
      note,
    },
    consent,
    status: { kind: 'open' },
    results: [],
  };
}

/** A client knows a server of no known platform by its address alone. */
function platformName({ provider }: Tenant, { url }: ConsentQuestion): string {
  return provider.id === 'oauth2' ? new URL(url).host : provider.title;
}

function permissionsOf({ fields, provider }: Tenant): string[] {
  const scope = fields.get('scope') ?? provider.authorize?.default_scope ?? '';
  return scope.split(/[ ,]+/).filter((one) => one !== '');
}

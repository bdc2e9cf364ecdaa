import { everyTenant } from '../../lambda/event.ts';
import { isObject } from '../../lambda/is-object.ts';
import { findProvider } from '../../lambda/map/definitions.ts';
import type { Tenant } from '../../lambda/map/tenant.ts';
import { isTenant, resolveTenant } from '../../lambda/map/tenant-entry.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { Outcome } from '../../lambda/outcome.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import type { ProviderDefinition } from '../../lambda/providers/provider.ts';
import type { RunOptions } from '../../lambda/run/run-options.ts';
import { CommandError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { editMap, setAt } from '../map/edit-map.ts';
import { findSettled } from '../map/settled-tenant.ts';

/** A tenant that may be connected. */
export interface Candidate {
  name: string;
  shard: string;
  map: VaultMap;
  /**
   * The one of its entry or app; else, where the definition allows it, an address of this machine.
   */
  redirectUri: string | undefined;
}

/** The code of a consent, and all that came with it. Secrets. */
export interface Consent {
  code: string;
  codeVerifier: string | null;
  redirectUri: string | undefined;
  /** Fields of the entry that came with the code. */
  keep: Readonly<Record<string, string>>;
}

/** The grants that spend a consent, in a browser that is led back, or on another device. */
type ConsentGrant = 'authorization_code' | 'device_code';

/** It names no port, so the listener takes a free one (RFC 8252 section 7.3). */
const LOOPBACK_URI = 'http://127.0.0.1/callback';

/**
 * Finds a tenant whose owner can give consent. Throws CommandError for one that needs none or is
 * paused, and StoreError.
 */
export async function findCandidate(
  ports: RunPorts,
  name: string,
  grant: ConsentGrant = 'authorization_code',
): Promise<Candidate> {
  const { shard, map } = await findSettled(ports, name);
  const { provider, enabled } = resolveTenant(name, map);
  const definition = typeof provider === 'string' ? findProvider(map, provider) : provider;
  if (definition && !definition.grants[grant]) {
    throw cannotConsent(definition, name, grant);
  }
  if (!enabled) {
    throw new CommandError(
      `Tenant ${name} is paused ("enabled": false), so no run would exchange its code.`,
      { nextStep: `First: tokens resume ${name}` },
    );
  }
  return {
    name,
    shard,
    map,
    redirectUri: usualRedirectUri(name, map, definition),
  };
}

function cannotConsent(
  { title, grants }: ProviderDefinition,
  name: string,
  grant: ConsentGrant,
): CommandError {
  if (grant === 'device_code' && grants.authorization_code) {
    return new CommandError(`${title} has no device codes.`, {
      nextStep: `Connect it in a browser: tokens connect ${name}`,
    });
  }
  return new CommandError(`${title} asks nobody for consent: tenant ${name} needs no connect.`, {
    nextStep: `See: tokens status ${name}`,
  });
}

/**
 * Returns the tenant as it will be when it holds a code. What is wrong with its entry is found
 * before anybody is asked. Throws CommandError.
 */
export function toConnected(
  { name, map }: Candidate,
  redirectUri: string | undefined,
  grant: ConsentGrant = 'authorization_code',
): Tenant {
  const pending = {
    authorization_code: undefined,
    device_code: undefined,
    [grant]: 'pending',
    ...(redirectUri !== undefined && { redirect_uri: redirectUri }),
  };
  const entry = { ...(map.tenants.get(name) as object | undefined), ...pending };
  const tenant = resolveTenant(name, { ...map, tenants: new Map([[name, entry]]) });
  if (!isTenant(tenant)) {
    throw new CommandError(`${tenant.message} ${tenant.next_step}`);
  }
  return tenant;
}

/**
 * Writes what a consent brought into the tenant's entry and has it exchanged at once, by the same
 * run as everything else. Returns what became of it. Throws CommandError where the tenant is gone,
 * StoreError, VaultMapError, and what the run throws.
 */
export async function redeem(
  home: Home,
  candidate: Candidate,
  { code, codeVerifier, redirectUri, keep }: Consent,
  onProgress?: RunOptions['onProgress'],
): Promise<Outcome> {
  const { name, map } = candidate;
  const isHeld = redirectUri === undefined || heldRedirectUri(name, map) === redirectUri;
  await putCode(home, candidate, {
    ...keep,
    ...(!isHeld && { redirect_uri: redirectUri }),
    authorization_code: code,
    code_verifier: codeVerifier ?? undefined,
    device_code: undefined,
  });
  return rotateOne(home, candidate, onProgress);
}

/** Sets fields of the tenant's entry, or takes them away. Throws as redeem does. */
export async function putCode(
  home: Home,
  { name, shard }: Candidate,
  fields: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  await editMap(home.ports.vault, shard, (text, map) => {
    if (!map.tenants.has(name)) {
      throw new CommandError(`Tenant ${name} was removed meanwhile: its code was not used.`);
    }
    return Object.entries(fields).reduce(
      (edited, [field, value]) => setAt(edited, ['tenants', name, field], value),
      text,
    );
  });
}

/** Rotates the tenant alone. Throws CommandError where the run left it out, and what it throws. */
export async function rotateOne(
  home: Home,
  { name }: Candidate,
  onProgress?: RunOptions['onProgress'],
): Promise<Outcome> {
  const report = await home.rotate({ ...everyTenant, tenants: [name] }, onProgress);
  const outcome = report.outcomes.find((one) => one.tenant === name);
  if (outcome) {
    return outcome;
  }
  const failure = report.failures?.[0];
  const why = failure ? failure.message : `The run left tenant ${name} out: its code waits.`;
  throw new CommandError(why, failure ? { nextStep: failure.next_step } : {});
}

/**
 * Returns where the platform of a tenant redirects to, the address of its entry or app, or else of
 * this machine where the platform's own rules allow that.
 */
export function usualRedirectUri(
  name: string,
  map: VaultMap,
  definition: ProviderDefinition | null | undefined,
): string | undefined {
  const loopback = definition?.authorize?.redirect === 'loopback' ? LOOPBACK_URI : undefined;
  return heldRedirectUri(name, map) ?? loopback;
}

/** Returns the redirect URI of a tenant's entry, or else of its app. */
function heldRedirectUri(name: string, map: VaultMap): string | undefined {
  const entry = map.tenants.get(name);
  const app = textField(entry, 'app');
  return (
    textField(entry, 'redirect_uri') ??
    (app === undefined ? undefined : textField(map.apps.get(app), 'redirect_uri'))
  );
}

function textField(entry: unknown, field: string): string | undefined {
  const value = isObject(entry) ? new Map(Object.entries(entry)).get(field) : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

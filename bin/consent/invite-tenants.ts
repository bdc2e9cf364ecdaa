import type { ConnectLink } from '../../lambda/connect/connect-link.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { CommandError } from '../errors.ts';
import { closeLinks, openLinks, readLinks } from './connect-links.ts';
import {
  type ConnectPage,
  type Invitation,
  type Invited,
  inviteTenant,
  type LinkTerms,
} from './invite-tenant.ts';

/** Describes what was made, and who was left out and why. */
export interface Invitations {
  invitations: Invitation[];
  skipped: { tenant: string; reason: string }[];
}

/** How links are made for several tenants. */
export interface InviteTerms extends LinkTerms {
  /** A tenant's open links are ended by its new one. */
  replace: boolean;
  /** Tenants that have an open link, or that no link can help, are left out. */
  onlyWhereNeeded: boolean;
}

/** Makes a link for each tenant. Throws CommandError and StoreError. */
export async function inviteTenants(
  ports: Pick<RunPorts, 'records' | 'clock'>,
  page: ConnectPage,
  invited: readonly Invited[],
  terms: InviteTerms,
): Promise<Invitations> {
  const names = new Set(invited.map(({ name }) => name));
  const open = openLinks(await readLinks(ports), names, ports.clock.now());
  const made: Invitations = { invitations: [], skipped: [] };
  for (const one of invited) {
    const held = open.filter(({ tenant }) => tenant === one.name);
    const reason = await inviteOne(one, held);
    if (reason !== null) {
      made.skipped.push({ tenant: one.name, reason });
    }
  }
  return made;

  async function inviteOne(one: Invited, held: readonly ConnectLink[]): Promise<string | null> {
    if (held.length > 0 && terms.onlyWhereNeeded && !terms.replace) {
      return 'it has an open link';
    }
    try {
      made.invitations.push(await inviteTenant(ports, page, one, terms));
    } catch (error) {
      if (!(error instanceof CommandError) || !terms.onlyWhereNeeded) {
        throw error;
      }
      return error.message;
    }
    // The new link is there first. A client is never left without one.
    if (terms.replace) {
      await closeLinks(ports, held, 'replaced');
    }
    return null;
  }
}

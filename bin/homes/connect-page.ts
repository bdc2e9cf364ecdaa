import { CALLBACK_PATH } from '../../lambda/config.ts';
import type { ConnectPage } from '../consent/invite-tenant.ts';
import { isLoopbackUri } from '../consent/loopback-listener.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { Home } from './home.ts';

/**
 * Returns where the connect page of a stack is. `url` names a loopback address in its place, for
 * tests. Throws UsageError for a home, which names how to connect `tenant` there, and CommandError
 * for a stack without the page.
 */
export function connectPageOf(
  home: Home | null,
  { tenant = 'NAME', url }: { tenant?: string | undefined; url?: string | undefined },
): ConnectPage {
  if (url !== undefined) {
    if (!isLoopbackUri(url)) {
      throw new UsageError('--url takes an address of this machine.');
    }
    return { url, redirectUri: `${url}${CALLBACK_PATH}` };
  }
  if (home === null || home.kind === 'folder') {
    throw new UsageError(
      'A home on this machine has no address that a client could open.',
      `Connect in the browser of this machine: tokens connect ${tenant}, or tokens ui`,
    );
  }
  if (!home.connectPage) {
    throw new CommandError(`The ${home.title} has no connect page.`, {
      nextStep: 'Deploy it with: npm run deploy -- -c connectPage=true',
    });
  }
  return home.connectPage;
}

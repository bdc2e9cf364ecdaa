import type { Home } from '../homes/home.ts';
import { withProgress } from '../terminal/rotation-progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type FreshToken, freshToken, type WantedToken } from './fresh-token.ts';

/** Returns a tenant's valid token, and says meanwhile what is waited for. Throws as freshToken. */
export function freshTokenAt(
  terminal: Terminal,
  home: Home,
  wanted: WantedToken,
): Promise<FreshToken> {
  return withProgress(terminal, `Refreshing ${wanted.tenant}`, (onProgress) =>
    freshToken(home, wanted, onProgress),
  );
}

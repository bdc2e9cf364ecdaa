import { hostname, userInfo } from 'node:os';

/** Returns the user and the machine, such as `ann@laptop`. */
export function localCaller(): string {
  return `${userName()}@${hostname()}`;
}

/** A container may run as a user that its system has no name for. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

import { spawn } from 'node:child_process';

/**
 * Opens a URL in the person's browser. Returns whether an opener could be started. What it does then
 * cannot be known.
 */
export function openBrowser(url: string): Promise<boolean> {
  const [command, args] = openerOf(url, process.platform);
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

/**
 * Returns the platform's own opener and its arguments. No shell reads them. The URL holds
 * characters that shells know.
 */
export function openerOf(
  url: string,
  platform: NodeJS.Platform,
): [command: string, args: string[]] {
  if (platform === 'darwin') {
    return ['open', [url]];
  }
  if (platform === 'win32') {
    return ['rundll32', ['url.dll,FileProtocolHandler', url]];
  }
  return ['xdg-open', [url]];
}

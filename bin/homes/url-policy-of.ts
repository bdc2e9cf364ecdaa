import type { UrlPolicy } from '../../lambda/providers/url-policy.ts';
import type { Home } from './home.ts';

/**
 * Returns the URLs that the runs of a home may ask. In AWS no test server on loopback is ever
 * asked.
 */
export function urlPolicyOf(kind: Home['kind'], env: NodeJS.ProcessEnv): UrlPolicy {
  const isFolder = kind === 'folder';
  return {
    allowLoopbackHttp: isFolder && env.ALLOW_LOOPBACK_HTTP === 'true',
    allowIpLiterals: isFolder,
  };
}

import type { Http } from '../../../../lambda/ports.ts';
import { providers } from '../../../../lambda/providers/registry.ts';
import { urlTemplates } from '../../../../lambda/providers/url-choice.ts';

/** Fixtures tell of token endpoints. The platform's other page does not tell whose a token is. */
export function withoutAccounts(id: string, http: Http | undefined): Http {
  const { account } = providers.get(id) ?? {};
  const urls = account ? urlTemplates(account.url) : [];
  const untold = { status: 403, headers: {}, body: new Uint8Array() };
  return {
    async send(request, timeoutMs) {
      if (urls.includes(request.url)) {
        return untold;
      }
      if (!http) {
        throw new Error('no platform');
      }
      return http.send(request, timeoutMs);
    },
  };
}

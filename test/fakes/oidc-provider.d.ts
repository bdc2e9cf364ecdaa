/** What the tests use of oidc-provider, which brings no types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

  interface Stored {
    save(ttlSeconds?: number): Promise<string>;
  }

  export default class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    callback(): RequestListener;
    on(event: string, listener: (...args: unknown[]) => void): this;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: object,
    ): Promise<void>;
    Client: { find(id: string): Promise<object | undefined> };
    Grant: new (properties: {
      accountId: string;
      clientId: string;
    }) => Stored & { addOIDCScope(scope: string): void };
    RefreshToken: {
      new (properties: Record<string, unknown>): Stored;
      find(value: string): Promise<{ isValid: boolean } | undefined>;
    };
  }
}

/** Where the provider keeps the request that it answers. */
declare module 'oidc-provider/lib/helpers/als.js' {
  import type { AsyncLocalStorage } from 'node:async_hooks';

  const requestStore: AsyncLocalStorage<unknown>;
  export default requestStore;
}

import pLimit from 'p-limit';
import { CONCURRENCY, createProvider } from './fleet.ts';

/**
 * Asks as often as a run over so many tenants does, with the same places and without a protocol.
 */
export async function runBarePool(tenants: number): Promise<void> {
  const provider = createProvider();
  const limit = pLimit(CONCURRENCY);
  const request = {
    method: 'POST' as const,
    url: 'https://provider.example/token',
    headers: {},
    body: 'grant_type=refresh_token',
  };
  const answers = Array.from({ length: tenants }, () =>
    limit(() => provider.send(request, 20_000)),
  );
  await Promise.all(answers);
}

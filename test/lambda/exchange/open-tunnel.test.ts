import { describe, expect, it, onTestFinished } from 'vitest';
import { openTunnel } from '../../../lambda/exchange/open-tunnel.ts';
import { startConnectProxy } from '../../fakes/connect-proxy.ts';

describe(openTunnel.name, () => {
  it.each([
    ['us%40er:pass', 'us@er:pass'],
    ['user:50%', 'user:50%'],
    ['user:%zz', 'user:%zz'],
  ])('tells the proxy the user and password of %s', async (written, told) => {
    const proxy = await startConnectProxy(1, 403);
    onTestFinished(() => proxy.close());
    const url = new URL(proxy.url.replace('//', `//${written}@`));
    const opened = openTunnel(url, new URL('https://tokens.test/'), AbortSignal.timeout(60_000));
    await expect(opened).rejects.toMatchObject({ code: 'PROXY_REFUSED_403' });
    const authorization = `Basic ${Buffer.from(told).toString('base64')}`;
    expect(proxy.asked).toEqual([{ target: 'tokens.test:443', authorization }]);
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isLoopbackUri, listenOnLoopback } from '../../../bin/consent/loopback-listener.ts';

async function listen(uri?: string) {
  const listener = await listenOnLoopback(uri);
  onTestFinished(() => listener.close());
  return listener;
}

async function takePort(): Promise<number> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe(listenOnLoopback.name, () => {
  it('takes a free port where the URI names none, and keeps its path', async () => {
    expect((await listen()).redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    expect((await listen('http://localhost/a/b')).redirectUri).toMatch(
      /^http:\/\/localhost:\d+\/a\/b$/,
    );
  });

  it('takes another port for a loopback address, but not for a localhost URI', async () => {
    const port = await takePort();
    expect((await listen(`http://127.0.0.1:${port}/cb`)).redirectUri).not.toContain(`:${port}/`);
    await expect(listenOnLoopback(`http://localhost:${port}/cb`)).rejects.toThrow(
      `Port ${port} of 127.0.0.1 cannot be listened on`,
    );
  });

  it('rejects when no redirect comes in time', async () => {
    const listener = await listen();
    await expect(listener.wait(() => ({ kind: 'code', code: 'c' }), 1)).rejects.toThrow(
      'No redirect came in time',
    );
  });

  it('shows nothing of a redirect, and asks again for one that comes too early', async () => {
    const listener = await listen();
    const early = await fetch(`${listener.redirectUri}?code=CANARY`);
    expect(early.status).toBe(503);
    const waiting = listener.wait(
      (parameters) => ({ kind: 'code', code: parameters.get('code') ?? '' }),
      10_000,
    );
    const page = await fetch(`${listener.redirectUri}?code=CANARY<script>`);
    expect(await page.text()).not.toContain('CANARY');
    expect(page.headers.get('content-security-policy')).toBe("default-src 'none'");
    expect(await waiting).toEqual({ kind: 'code', code: 'CANARY<script>' });
  });

  it('takes a redirect with a slash at its end, and one that comes as a form post', async () => {
    const judge = (parameters: URLSearchParams) => ({
      kind: 'code' as const,
      code: parameters.get('code') ?? '',
    });
    const slashed = await listen();
    const first = slashed.wait(judge, 10_000);
    await fetch(`${slashed.redirectUri}/?code=c`);
    expect(await first).toEqual({ kind: 'code', code: 'c' });
    const posted = await listen();
    const second = posted.wait(judge, 10_000);
    await fetch(posted.redirectUri, { method: 'POST', body: new URLSearchParams({ code: 'd' }) });
    expect(await second).toEqual({ kind: 'code', code: 'd' });
  });

  it('tells of a redirect that is not taken, and takes no post of another kind', async () => {
    const listener = await listen();
    const told: string[] = [];
    const judge = (parameters: URLSearchParams) =>
      parameters.has('code')
        ? ({ kind: 'code', code: 'c' } as const)
        : ({ kind: 'unproven', message: 'The consent was refused.' } as const);
    const waiting = listener.wait(judge, 10_000, (message) => told.push(message));
    const json = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    expect((await fetch(listener.redirectUri, json)).status).toBe(404);
    const large = { method: 'POST', body: new URLSearchParams({ code: 'x'.repeat(100_000) }) };
    expect((await fetch(listener.redirectUri, large)).status).toBe(404);
    expect((await fetch(`${listener.redirectUri}?error=access_denied`)).status).toBe(400);
    await fetch(`${listener.redirectUri}?code=c`);
    expect(await waiting).toMatchObject({ kind: 'code' });
    expect(told).toEqual(['The consent was refused.']);
  });
});

describe(isLoopbackUri.name, () => {
  it.each([
    ['http://127.0.0.1/callback', true],
    ['http://localhost:8080/', true],
    ['http://[::1]:1/x', true],
    ['https://localhost/x', false],
    ['https://app.example/callback', false],
    ['http://127.0.0.1.evil.example/', false],
    ['nonsense', false],
  ])('%s: %s', (uri, expected) => {
    expect(isLoopbackUri(uri)).toBe(expected);
  });
});

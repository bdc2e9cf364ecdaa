import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { toRequest, toResult } from '../../../lambda/connect/http-api.ts';

type Http = APIGatewayProxyEventV2['requestContext']['http'];

function event(change: Partial<APIGatewayProxyEventV2>, method = 'GET'): APIGatewayProxyEventV2 {
  const http = { method } as Http;
  const requestContext = {
    domainName: 'x.example',
    http,
  } as APIGatewayProxyEventV2['requestContext'];
  const empty = { version: '2.0', routeKey: '$default', rawPath: '/', rawQueryString: '' };
  return { ...empty, headers: {}, requestContext, isBase64Encoded: false, ...change };
}

describe(toRequest.name, () => {
  it('keeps address, headers and cookies', () => {
    const request = toRequest(
      event({
        rawPath: '/callback/a',
        rawQueryString: 'code=a%2Fb&x=1&x=2',
        headers: { 'sec-fetch-site': 'same-origin' },
        cookies: ['a=1', 'b=2'],
      }),
    );
    expect(request?.url).toBe('https://x.example/callback/a?code=a%2Fb&x=1&x=2');
    expect(request?.headers.get('cookie')).toBe('a=1; b=2');
    expect(request?.headers.get('sec-fetch-site')).toBe('same-origin');
  });

  it.each([
    [false, 'form_token=x'],
    [true, Buffer.from('form_token=x').toString('base64')],
  ])('reads a body (base64: %s)', async (isBase64Encoded, body) => {
    const request = toRequest(event({ body, isBase64Encoded }, 'POST'));
    expect(await request?.text()).toBe('form_token=x');
  });

  it.each([
    ['a method that no request may have', 'TRACE', {}],
    ['a header that no request can carry', 'GET', { 'x-name': 'line\nbreak' }],
    ['a header in other letters', 'GET', { 'x-name': '\u4e2d' }],
  ])('returns null for %s', (_what, method, headers) =>
    expect(toRequest(event({ headers }, method))).toBeNull(),
  );

  it('returns null where no address can be made', () => {
    const broken = event({});
    broken.requestContext.domainName = 'not a host';
    expect(toRequest(broken)).toBeNull();
  });
});

describe(toResult.name, () => {
  it('gives each cookie apart, and the rest as headers', async () => {
    const response = new Response('body', { status: 303, headers: { location: '/x' } });
    response.headers.append('set-cookie', 'a=1; Path=/');
    response.headers.append('set-cookie', 'b=2; Path=/');
    expect(await toResult(response)).toMatchObject({
      statusCode: 303,
      body: 'body',
      cookies: ['a=1; Path=/', 'b=2; Path=/'],
      headers: { location: '/x' },
    });
  });
});

import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/**
 * Turns an event of an HTTP API (payload format 2.0) into a request, or null where no request can
 * be made of it, since its method, a header or its address is none. Ours, because hono's own
 * adapter writes an address that it cannot read to the log, and an address of ours may hold a code.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toRequest(event: APIGatewayProxyEventV2): Request | null {
  try {
    return readRequest(event);
  } catch (error) {
    // Its message quotes the header that is wrong, which may be a cookie.
    if (error instanceof TypeError) {
      return null;
    }
    throw error;
  }
}

function readRequest(event: APIGatewayProxyEventV2): Request {
  const { domainName, http } = event.requestContext;
  const query = event.rawQueryString === '' ? '' : `?${event.rawQueryString}`;
  const address = `https://${domainName}${event.rawPath}${query}`;
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers)) {
    if (value !== undefined) {
      headers.set(name, value);
    }
  }
  if (event.cookies) {
    headers.set('cookie', event.cookies.join('; '));
  }
  const hasBody = event.body !== undefined && !['GET', 'HEAD'].includes(http.method);
  const body = hasBody ? bodyOf(event) : null;
  return new Request(address, {
    method: http.method,
    headers,
    body,
  });
}

/** Turns an answer into what an HTTP API takes, its cookies apart. */
export async function toResult(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  const headers = Object.fromEntries(response.headers);
  delete headers['set-cookie'];
  return {
    statusCode: response.status,
    headers,
    cookies: response.headers.getSetCookie(),
    body: await response.text(),
  };
}

function bodyOf({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Buffer<ArrayBuffer> {
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}

import type { Hono } from 'hono';

/** A browser of the connect pages: keeps cookies, follows nothing by itself. */
export interface Visitor {
  cookies: Map<string, string>;
  get(path: string): Promise<Visit>;
  head(path: string): Promise<Visit>;
  /** Presses the button of the page that was loaded last. */
  press(headers?: Record<string, string>): Promise<Visit>;
  /** Opens a link's page, presses its button, and returns the address at the platform. */
  start(path: string): Promise<URL>;
}

export interface Visit {
  status: number;
  headers: Headers;
  text: string;
}

/** Makes a browser with no cookies. */
export function createVisitor(app: Hono): Visitor {
  const cookies = new Map<string, string>();
  let page = '';
  const load = async (path: string, init: RequestInit): Promise<Visit> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(init.headers as Record<string, string>), cookie };
    const reply = await app.request(`https://connect.example${path}`, { ...init, headers });
    for (const set of reply.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';')[0] ?? '').split(/=(.*)/);
      cookies.set(name, value);
    }
    const text = await reply.text();
    if (text !== '') {
      page = text;
    }
    return { status: reply.status, headers: reply.headers, text };
  };
  const press: Visitor['press'] = (headers = {}) => {
    const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1] ?? 'there is no form';
    const token = /name="form_token" value="([^"]*)"/.exec(page)?.[1] ?? '';
    const body = new URLSearchParams({ form_token: token }).toString();
    const type = 'application/x-www-form-urlencoded';
    return load(action, { method: 'POST', body, headers: { 'content-type': type, ...headers } });
  };
  const get = (path: string) => load(path, { method: 'GET' });
  return {
    cookies,
    get,
    head: (path) => load(path, { method: 'HEAD' }),
    press,
    async start(path) {
      await get(path);
      return leadOf(await press());
    },
  };
}

/** The address that a page leads on to. */
export function leadOf({ text }: Visit): URL {
  const url = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(text)?.[1] ?? '';
  return new URL(url.replaceAll('&amp;', '&'));
}

import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { CALLBACK_PATH } from '../config.ts';
import { StoreError } from '../ports.ts';
import type { ConnectPorts } from './connect-ports.ts';
import { pageHeaders } from './page-headers.ts';
import type { House } from './page-layout.ts';
import { pageStyle, pageStylePath } from './page-style.ts';
import { faultReply, type Site } from './replies.ts';
import { pressAgain, pressButton, showLink, showResult, takeAnswer } from './routes.ts';

/** A form of ours has one short field. */
const MAX_BODY_BYTES = 4096;
const LINK = '/c/:token';
const CALLBACK = `${CALLBACK_PATH}/:provider`;
const RESULT = '/done/:link/:attempt';

/** Serves the connect pages, on Lambda and on Node alike. A GET of a link changes nothing. */
export function createConnectApp(ports: ConnectPorts, house: House): Hono {
  const site: Site = { ports, house };
  const app = new Hono();
  const limit = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (c) => faultReply(site, c, 'not_here'),
  });
  app.use(pageHeaders);
  app.use(limit);
  app.get(pageStylePath, (c) => c.body(pageStyle, 200, STYLE_HEADERS));
  app.get(LINK, (c) => showLink(site, c));
  app.post(LINK, (c) => pressButton(site, c));
  app.get(CALLBACK, (c) => takeAnswer(site, c));
  app.post(CALLBACK, (c) => faultReply(site, c, 'form_answer'));
  app.get(RESULT, (c) => showResult(site, c));
  app.post(RESULT, (c) => pressAgain(site, c));
  app.all('*', (c) => faultReply(site, c, isGet(c.req.method) ? 'not_here' : 'not_so'));
  app.onError((error, c) => {
    ports.log({
      level: 'error',
      message: 'A connect page failed',
      cause: causeOf(error),
    });
    return faultReply(site, c, 'out_of_order');
  });
  return app;
}

/** A store says in our own words what was refused. Another message may quote what was read. */
function causeOf(error: Error): string {
  if (error instanceof StoreError) {
    return error.message;
  }
  return /^\w{1,40}$/.test(error.name) ? error.name : 'Error';
}

const STYLE_HEADERS = {
  'content-type': 'text/css; charset=utf-8',
  'cache-control': 'public, max-age=31536000, immutable',
};

function isGet(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Answers S3's and a provider's requests at once, for another process. Says its port. */
import { createServer } from 'node:http';

const REPLY = JSON.stringify({
  access_token: 'a'.repeat(200),
  token_type: 'bearer',
  expires_in: 3600,
  refresh_token: 'r'.repeat(150),
});

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    if (request.method === 'PUT') {
      response.writeHead(200, { etag: '"1"' }).end();
    } else {
      response.writeHead(200, { 'content-type': 'application/json' }).end(REPLY);
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' && address ? address.port : 0);
});

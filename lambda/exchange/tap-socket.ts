import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A connection whose bytes are kept as they come. */
export interface Tap {
  /** The stream for an HTTP client. The connection goes on when the client gives it up. */
  stream: Duplex;
  /** All bytes that came. */
  wire(): Buffer;
  /** Resolves at the server's end, an error, or the limit, when nothing more will come. */
  ended: Promise<'end' | 'broken' | 'too_large'>;
}

/**
 * Taps a connection. A client that cannot parse what comes destroys its stream. The socket is read
 * on all the same, up to `maxBytes`, so that no byte of a token is lost.
 */
export function tapSocket(socket: Socket, maxBytes: number): Tap {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk, encoding, done) => void socket.write(chunk, encoding, done),
  });
  // The client listens only as long as it reads.
  stream.on('error', () => undefined);
  const ended = new Promise<'end' | 'broken' | 'too_large'>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, maxBytes - size);
      chunks.push(part);
      size += part.length;
      stream.push(part);
      if (size < maxBytes) {
        return;
      }
      resolve('too_large');
      socket.destroy();
    });
    socket.on('end', () => {
      resolve('end');
      stream.push(null);
    });
    socket.on('error', (error) => {
      resolve('broken');
      stream.destroy(error);
    });
    socket.on('close', () => {
      resolve('broken');
      stream.destroy();
    });
  });
  return {
    stream,
    wire: () => Buffer.concat(chunks, size),
    ended,
  };
}

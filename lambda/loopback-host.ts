/** Whether a URL's hostname, as the URL parser normalises it, is this machine: `localhost`, `[::1]` or 127.0.0.0/8 (RFC 8252 section 7.3). */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

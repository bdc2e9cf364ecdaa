import { describe, expect, it } from 'vitest';
import { openerOf } from '../../../bin/consent/open-browser.ts';

describe(openerOf.name, () => {
  const url = 'https://page.example/?a=1&b=$(x)';

  it.each([
    ['darwin', 'open'],
    ['linux', 'xdg-open'],
    ['win32', 'rundll32'],
  ] as const)('on %s hands the whole URL to %s as one argument', (platform, opener) => {
    const [command, args] = openerOf(url, platform);
    expect(command).toBe(opener);
    expect(args.at(-1)).toBe(url);
  });
});

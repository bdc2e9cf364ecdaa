import { describe, expect, it } from 'vitest';
import { readExchange } from '../../../lambda/exchange/archived-entry.ts';
import { archivedExchange } from '../../fakes/archived-exchange.ts';

const KEY = 'responses/default/00000001-20261122T021703120Z-run/acme.1.json';

describe(readExchange.name, () => {
  it('holds an answer as unread where reading it is beyond this program', () => {
    const exchange = {
      ...archivedExchange({ access_token: 'a', refresh_token: 'b' }),
      get body(): string {
        throw new RangeError('on purpose');
      },
    };
    const { judgement, issued, entry } = readExchange(KEY, exchange);
    expect(judgement).toMatchObject({ kind: 'failed', code: 'unread_response', retry: 'final' });
    expect(issued).toBeNull();
    expect(entry).toMatchObject({ unread: true, issued: null, unsent: false });
  });
});

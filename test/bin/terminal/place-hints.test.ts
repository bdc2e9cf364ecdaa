import { describe, expect, it } from 'vitest';
import { placeHints } from '../../../bin/terminal/place-hints.ts';

const VERBS = ['rotate', 'status', 'add', 'import', 'get', 'set'];
const onStack = placeHints({ stack: 'Prod' }, VERBS);

describe(placeHints.name, () => {
  it.each([
    ['Next: tokens rotate acme', 'Next: tokens rotate acme --stack Prod'],
    [
      'All: tokens status. A new one: tokens add acme.',
      'All: tokens status --stack Prod. A new one: tokens add acme --stack Prod.',
    ],
    [
      'Begin with: tokens import .env, or tokens add',
      'Begin with: tokens import .env --stack Prod, or tokens add --stack Prod',
    ],
    ['Better: TOKEN=$(tokens get acme)', 'Better: TOKEN=$(tokens get acme --stack Prod)'],
    ['\u001b[36mtokens rotate\u001b[39m', '\u001b[36mtokens rotate --stack Prod\u001b[39m'],
    ['tokens rotate\ntokens status', 'tokens rotate --stack Prod\ntokens status --stack Prod'],
    [
      'To bring it back: tokens status && tokens add acme',
      'To bring it back: tokens status --stack Prod && tokens add acme --stack Prod',
    ],
    [
      'Add it (tokens set acme a=URL); or tokens status',
      'Add it (tokens set acme a=URL --stack Prod); or tokens status --stack Prod',
    ],
    [
      'With its value: tokens set acme scope="read write", or tokens status',
      'With its value: tokens set acme scope="read write" --stack Prod, or tokens status --stack Prod',
    ],
    ['Say "tokens rotate" then', 'Say "tokens rotate --stack Prod" then'],
    ['12 tokens wait in the archive', '12 tokens wait in the archive'],
    ['tokens setting', 'tokens setting'],
    ['tokens rotate --stack Other', 'tokens rotate --stack Other'],
  ])('makes of %j: %j', (text, placed) => expect(onStack(text)).toBe(placed));

  it('changes nothing twice', () =>
    expect(onStack(onStack('tokens rotate'))).toBe('tokens rotate --stack Prod'));

  it('names a folder as a shell takes it', () =>
    expect(placeHints({ home: "/a b/it's" }, VERBS)('tokens rotate')).toBe(
      `tokens rotate --home '/a b/it'\\''s'`,
    ));

  it('adds nothing where no place was given', () =>
    expect(placeHints({}, VERBS)('tokens rotate')).toBe('tokens rotate'));
});

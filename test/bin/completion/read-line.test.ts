import { describe, expect, it } from 'vitest';
import { readLine } from '../../../bin/completion/read-line.ts';

const env = { HOME: '/home/ann', DIR: '/srv' };

describe(readLine.name, () => {
  it.each([
    ['~/homes', '/home/ann/homes'],
    ['~', '/home/ann'],
    ['"$HOME/my homes"', '/home/ann/my homes'],
    ["'$HOME'", '$HOME'],
    [`\${DIR}/x`, '/srv/x'],
    ['my\\ home', 'my home'],
    ['a~b', 'a~b'],
  ])('reads the word %s as the shell will', (typed, meant) => {
    expect(readLine(['--home', typed, ''], env).words).toEqual(['--home', meant]);
  });

  it.each([
    [
      ['--home=~/x', 'get', 'a'],
      { words: ['--home', '/home/ann/x', 'get'], typed: 'a', prefix: '' },
    ],
    [['--tag=go'], { words: ['--tag'], typed: 'go', prefix: '--tag=' }],
    [['--tag', '=', 'go'], { words: ['--tag'], typed: 'go', prefix: '' }],
    [['--tag', '='], { words: ['--tag'], typed: '', prefix: '' }],
    [['set', 'acme', '=', 'b'], { words: ['set', 'acme', '='], typed: 'b', prefix: '' }],
    [[], { words: [], typed: '', prefix: '' }],
  ])('finds what is completed in %j', (given, read) => {
    expect(readLine(given, env)).toEqual(read);
  });
});

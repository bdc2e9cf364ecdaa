import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../bin/errors.ts';
import { commandPattern, placeHints } from '../../../bin/terminal/place-hints.ts';
import { showError } from '../../../bin/terminal/show-error.ts';
import { openTerminal, printJson } from '../../../bin/terminal/terminal.ts';

const VERBS = ['connect', 'status'];

/** A terminal of a stack whose screen is that wide, or streams that are none. */
function openScreen(columns?: number, env: NodeJS.ProcessEnv = {}) {
  const facts = columns === undefined ? {} : { isTTY: true, columns };
  const stream = () => Object.assign(new PassThrough(), facts);
  const streams = { env, stdin: stream(), stdout: stream(), stderr: stream() };
  const place = placeHints({ stack: 'TokenRotator' }, VERBS);
  const read = (from: PassThrough) => String(from.read() ?? '');
  return {
    terminal: openTerminal(streams, place, commandPattern(VERBS)),
    stdout: () => read(streams.stdout),
    stderr: () => read(streams.stderr),
  };
}

const SENTENCE = 'Tenant acme holds no credential any more. To bring it back: tokens connect acme';

describe(openTerminal.name, () => {
  it('breaks texts between words, and no command', () => {
    const screen = openScreen(44);
    screen.terminal.print(SENTENCE);
    const lines = screen.stdout().trimEnd().split('\n');
    expect(lines).toEqual([
      'Tenant acme holds no credential any more. To',
      'bring it back:',
      'tokens connect acme --stack TokenRotator',
    ]);
    screen.terminal.note(`  ${SENTENCE}`);
    expect(screen.stderr()).toContain('\n  tokens connect acme --stack TokenRotator\n');
  });

  it.each([
    ['on a terminal', 44, {}, true],
    ['on a terminal whose user wants none', 44, { NO_COLOR: '1' }, false],
    ['on a terminal that knows none', 44, { TERM: 'dumb' }, false],
    ['off a terminal, whatever its program asks for', undefined, { FORCE_COLOR: '1' }, false],
  ])('decides on colours by what it is given: %s', (_, columns, env, colored) => {
    const { colors } = openScreen(columns, env).terminal;
    expect(colors.red('failed') !== 'failed').toBe(colored);
  });

  it('breaks nothing where no person reads', () => {
    const screen = openScreen();
    screen.terminal.print(SENTENCE);
    screen.terminal.note(SENTENCE);
    for (const text of [screen.stdout(), screen.stderr()]) {
      expect(text.split('\n')).toHaveLength(2);
    }
  });

  it('leaves rows of tables, and what others wrote, as they are', () => {
    const screen = openScreen(40);
    const row = `home  ok  /${'folder/'.repeat(6)}`;
    screen.terminal.print(row);
    const reply = `{ "error": "${'it is so '.repeat(6)}" }`;
    screen.terminal.printAsItIs(reply);
    expect(screen.stdout()).toBe(`${row}\n${reply}\n`);
  });

  it('breaks no line on which the last cell of a row goes on', () => {
    const screen = openScreen(40);
    const table = `A  ${'x'.repeat(30)}  it would be\n${' '.repeat(35)}asked again`;
    screen.terminal.print(table);
    expect(screen.stdout()).toBe(`${table}\n`);
  });

  it.each([
    [60, 'Rotating: 1 of 2 answered (3 s). Trying again: acme'],
    [40, 'Rotating: 1 of 2 answered (3 s)'],
    [20, 'Rotating: 1 of 2 a…'],
  ])('shows as much of what is under way as %i columns have room for', (columns, shownText) => {
    const screen = openScreen(columns);
    screen.terminal.progress('Rotating: 1 of 2 answered (3 s). Trying again: acme');
    expect(screen.stderr()).toBe(shownText);
  });

  it('counts a wide character of what is under way as two columns', () => {
    const screen = openScreen(20);
    screen.terminal.progress(`Rotating in home /${'家'.repeat(20)}`);
    expect(screen.stderr()).toBe('Rotating in home /…');
  });

  it('prints an error for a program on one line', () => {
    const screen = openScreen(40);
    const error = new CommandError(`${SENTENCE}. `.repeat(3));
    expect(showError(screen.terminal, error, { json: true })).toBe(1);
    const text = screen.stderr();
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(text)).toMatchObject({ version: 1 });
  });

  it('names the place in every command of a result for a program', () => {
    const screen = openScreen();
    const commands = { next_step: 'tokens status', next_steps: ['tokens connect acme'] };
    printJson(screen.terminal, { ...commands, name: 'tokens status' });
    expect(JSON.parse(screen.stdout())).toEqual({
      version: 1,
      next_step: 'tokens status --stack TokenRotator',
      next_steps: ['tokens connect acme --stack TokenRotator'],
      name: 'tokens status',
    });
  });
});

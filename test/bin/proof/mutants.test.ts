import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../../../bin/proof/mutants.ts';
import { fastTests } from '../../suites/select-tests.ts';

const root = resolve(import.meta.dirname, '..', '..', '..');

const fast = fastTests(root);

describe('the faults that the proof puts into the protocol', () => {
  it.each(MUTANTS)(
    'change one place, and change it: it $what',
    ({ file, text, instead, foundIn }) => {
      const source = readFileSync(join(root, file), 'utf8');
      expect(source.split(text)).toHaveLength(2);
      expect(instead).not.toBe(text);
      expect(fast).toContain(foundIn);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lambda/config.ts';
import { EventError } from '../../../lambda/event.ts';
import { ShardsFailedError, toPublicError } from '../../../lambda/handlers/public-error.ts';
import { StoreError } from '../../../lambda/ports.ts';
import { RunError } from '../../../lambda/run/run-error.ts';

describe(toPublicError.name, () => {
  it('lets our own errors pass', () => {
    for (const error of [
      new ConfigError('x'),
      new EventError('x'),
      new RunError('x'),
      new ShardsFailedError('x'),
      new StoreError('limit', 'x'),
    ]) {
      expect(toPublicError(error)).toBe(error);
    }
  });

  it('keeps of any other only its name and place, since a message may quote what was read', () => {
    const thrown = (() => {
      try {
        return JSON.parse('Atzr|canary');
      } catch (error) {
        return error;
      }
    })();
    const fault = toPublicError(thrown);
    expect(fault.message).toContain('(SyntaxError)');
    expect(fault.stack).toContain('public-error.test.ts');
    expect(
      `${fault.message} ${fault.stack} ${JSON.stringify(fault)} ${String(fault.cause)}`,
    ).not.toContain('canary');
  });

  it('does so for whatever was thrown', () => {
    const named = Object.assign(new Error('canary'), { name: 'canary canary' });
    for (const thrown of [named, 'canary', { message: 'canary' }, null]) {
      expect(`${toPublicError(thrown).stack}`).not.toContain('canary');
    }
  });
});

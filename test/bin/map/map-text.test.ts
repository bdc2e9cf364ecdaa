import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dropEntries, entryTexts, putEntries } from '../../../bin/map/map-text.ts';

const names = fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,8}$/), {
  maxLength: 6,
});
const entry = fc.record({
  app: fc.string(),
  n: fc.integer(),
  nested: fc.json({ maxDepth: 2 }).map((text) => JSON.parse(text)),
});
const section = names
  .chain((keys) => fc.tuple(...keys.map((key) => fc.tuple(fc.constant(key), entry))))
  .map((pairs) => Object.fromEntries(pairs));
const map = fc
  .record({ text: fc.tuple(section, section), indent: fc.constantFrom(0, 2, '\t') })
  .map(({ text: [apps, tenants], indent }) => ({
    tenants,
    text: JSON.stringify({ version: 1, apps, tenants, last: 1 }, null, indent),
  }));

describe(putEntries.name, () => {
  it('leaves a map whose every other entry is as it was', () => {
    fc.assert(
      fc.property(map, section, ({ text, tenants }, added) => {
        const texts = new Map(
          Object.entries(added).map(([name, value]) => [name, JSON.stringify(value)]),
        );
        const edited = putEntries(text, 'tenants', texts);
        expect(JSON.parse(edited)).toEqual({
          ...JSON.parse(text),
          tenants: { ...tenants, ...added },
        });
        for (const [name, value] of texts) {
          expect(entryTexts(edited, 'tenants').get(name)).toBe(value);
        }
      }),
    );
  });

  it('makes the section where there is none', () => {
    expect(JSON.parse(putEntries('{"version":1}', 'apps', new Map([['a', '{}']])))).toEqual({
      version: 1,
      apps: { a: {} },
    });
  });
});

describe(dropEntries.name, () => {
  it('takes entries out, and keeps the text of the others', () => {
    fc.assert(
      fc.property(map, fc.infiniteStream(fc.boolean()), ({ text, tenants }, coin) => {
        const dropped = new Set(Object.keys(tenants).filter(() => coin.next().value));
        const edited = dropEntries(text, 'tenants', dropped);
        const kept = Object.fromEntries(
          Object.entries(tenants).filter(([name]) => !dropped.has(name)),
        );
        expect(JSON.parse(edited)).toEqual({ ...JSON.parse(text), tenants: kept });
        const before = entryTexts(text, 'tenants');
        for (const [name, value] of entryTexts(edited, 'tenants')) {
          expect(value).toBe(before.get(name));
        }
        if (dropped.size === 0) {
          expect(edited).toBe(text);
        }
      }),
    );
  });

  it('leaves lines and commas as a person would', () => {
    const text = '{\n  "tenants": {\n    "a": {},\n    "b": {},\n    "c": {}\n  }\n}\n';
    expect(dropEntries(text, 'tenants', new Set(['a']))).toBe(
      '{\n  "tenants": {\n    "b": {},\n    "c": {}\n  }\n}\n',
    );
    expect(dropEntries(text, 'tenants', new Set(['b', 'c']))).toBe(
      '{\n  "tenants": {\n    "a": {}\n  }\n}\n',
    );
    expect(dropEntries(text, 'tenants', new Set(['a', 'b', 'c']))).toBe('{\n  "tenants": {}\n}\n');
  });
});

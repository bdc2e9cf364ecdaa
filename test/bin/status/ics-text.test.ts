import { describe, expect, it } from 'vitest';
import { icsText } from '../../../bin/status/ics-text.ts';

const MADE_AT = new Date('2026-11-25T18:00:00.000Z');
const day = {
  uid: 'consent-acme-2026-12-24@token-rotator',
  at: '2026-12-24T23:59:00.000Z',
  summary: "acme: the client's consent ends (LinkedIn)",
  description: 'Ask the client.',
};

/** The lines as a calendar reads them, each put together again. */
const linesOf = (text: string) => text.replaceAll('\r\n ', '').split('\r\n');

describe(icsText.name, () => {
  it('writes a calendar that holds an event of one whole day, with alarms before it', () => {
    expect(linesOf(icsText([day], MADE_AT))).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Token Rotator//tokens calendar//EN',
      'CALSCALE:GREGORIAN',
      'METHOD:PUBLISH',
      'X-WR-CALNAME:Token Rotator',
      'BEGIN:VEVENT',
      'UID:consent-acme-2026-12-24@token-rotator',
      'DTSTAMP:20261125T180000Z',
      'DTSTART;VALUE=DATE:20261224',
      "SUMMARY:acme: the client's consent ends (LinkedIn)",
      'DESCRIPTION:Ask the client.',
      'TRANSP:TRANSPARENT',
      ...['14', '1'].flatMap((days) => [
        'BEGIN:VALARM',
        'ACTION:DISPLAY',
        "DESCRIPTION:acme: the client's consent ends (LinkedIn)",
        `TRIGGER:-P${days}D`,
        'END:VALARM',
      ]),
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ]);
  });

  it('escapes what would end a value, and what nobody sees', () => {
    const text = icsText([{ ...day, summary: 'a;b,c\\d\r\ne\nf\u0007g\u202e' }], MADE_AT);
    expect(linesOf(text)).toContain('SUMMARY:a\\;b\\,c\\\\d\\ne\\nf\\\\u{7}g\\\\u{202e}');
  });

  it('lets no text begin a line of its own', () => {
    const text = icsText([{ ...day, description: 'x\r\nBEGIN:VEVENT' }], MADE_AT);
    expect(text.match(/^BEGIN:VEVENT/gm)).toHaveLength(1);
  });

  it.each(['ü'.repeat(200), '🔑'.repeat(100), 'x'.repeat(500)])(
    'folds lines after 75 octets and cuts no character (%#)',
    (summary) => {
      const text = icsText([{ ...day, summary }], MADE_AT);
      for (const line of text.split('\r\n')) {
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
      }
      expect(linesOf(text)).toContain(`SUMMARY:${summary}`);
    },
  );

  it('is a calendar where nothing ends', () => {
    expect(linesOf(icsText([], MADE_AT)).filter((line) => line.includes('VEVENT'))).toEqual([]);
  });
});

import { escapeLines } from '../../lambda/shown.ts';

/** One day of a calendar on which something ends. */
export interface CalendarDay {
  /** The same for the same end each time that the file is made. */
  uid: string;
  /** ISO-8601. The calendar shows its day in UTC. */
  at: string;
  summary: string;
  description: string;
}

const LINE_END = '\r\n';
const MOST_OCTETS = 75;
/** People are reminded so many days before. */
const ALARM_DAYS = [14, 1];

/**
 * Returns a calendar file of whole days (RFC 5545), which calendars read again and again. An event
 * keeps its UID, and `madeAt` tells the newer copy.
 */
export function icsText(days: readonly CalendarDay[], madeAt: Date): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Token Rotator//tokens calendar//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    'X-WR-CALNAME:Token Rotator',
    ...days.flatMap((day) => eventLines(day, utcText(madeAt))),
    'END:VCALENDAR',
  ];
  return lines.map(fold).join(LINE_END) + LINE_END;
}

function eventLines({ uid, at, summary, description }: CalendarDay, madeAt: string): string[] {
  const day = dateText(new Date(at));
  return [
    'BEGIN:VEVENT',
    `UID:${escapeText(uid)}`,
    `DTSTAMP:${madeAt}`,
    `DTSTART;VALUE=DATE:${day}`,
    `SUMMARY:${escapeText(summary)}`,
    `DESCRIPTION:${escapeText(description)}`,
    'TRANSP:TRANSPARENT',
    ...ALARM_DAYS.flatMap((days) => alarmLines(days, summary)),
    'END:VEVENT',
  ];
}

function alarmLines(days: number, summary: string): string[] {
  return [
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `DESCRIPTION:${escapeText(summary)}`,
    `TRIGGER:-P${days}D`,
    'END:VALARM',
  ];
}

/** Section 3.3.11. Control characters have no place in a text, and are written out. */
function escapeText(text: string): string {
  return escapeLines(text.replaceAll(/\r\n?/g, '\n'))
    .replaceAll(/[\\;,]/g, '\\$&')
    .replaceAll('\n', '\\n');
}

/** Section 3.1: a line has at most 75 octets, and no character is cut in two. */
function fold(line: string): string {
  const parts: string[] = [''];
  let octets = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > MOST_OCTETS) {
      parts.push('');
      // The blank before a continued line counts.
      octets = 1;
    }
    parts[parts.length - 1] += character;
    octets += size;
  }
  return parts.join(`${LINE_END} `);
}

function utcText(instant: Date): string {
  return instant.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

function dateText(instant: Date): string {
  return utcText(instant).slice(0, 8);
}

/**
 * Takes off what copying puts around a credential (blanks, line ends, a byte order mark, invisible
 * characters, and one pair of quotes).
 */
export function trimCredential(text: string): string {
  const trimmed = trimBlanks(text);
  const closing = QUOTES.get(trimmed.charAt(0));
  const isQuoted = trimmed.length > 1 && closing !== undefined && trimmed.endsWith(closing);
  return isQuoted ? trimBlanks(trimmed.slice(1, -1)) : trimmed;
}

/**
 * Returns the reason why a text cannot be a credential, as words that follow "it", or null if it
 * can. A credential is printable ASCII (RFC 6749 appendix A) without blanks or quotes around it.
 * The words repeat nothing of the text.
 */
export function credentialFault(text: string): string | null {
  if (PLACEHOLDER.test(text)) {
    return 'is a placeholder, and not the value itself';
  }
  if (PLAIN.test(text)) {
    return null;
  }
  if (trimCredential(text) === '') {
    return 'is empty';
  }
  return faultAround(text) ?? faultInside(text) ?? faultOfForm(text);
}

/** What programs write where they have no value, spreadsheets among them, and people in examples. */
const PLACEHOLDER = new RegExp(
  '^(?:null|nil|none|undefined|nan|n/a|\\[object \\w+\\]|<[^<>]*>|[*#]+|' +
    '#(?:ref|value|div/0|null|num|spill|calc|field|error)!|#n/a|#name\\?)$',
  'i',
);

/** Most credentials are of these alone, of which no fault is made. */
const PLAIN = /^[\w.~+/|-]+(?<!\.{3})$/;

/** Blanks of every script, NEL, and the characters without width that web pages hold. */
const BLANK = '[\\s\\u0085\\u200b-\\u200f\\u2060]';
const BLANKS_AROUND = new RegExp(`^${BLANK}+|${BLANK}+$`, 'g');

const QUOTES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['\u201c', '\u201d'],
  ['\u2018', '\u2019'],
]);

function trimBlanks(text: string): string {
  return text.replaceAll(BLANKS_AROUND, '');
}

const LINE_END = /[\r\n\u0085\u2028\u2029]/;

function faultAround(text: string): string | null {
  if (text.startsWith('\ufeff')) {
    return 'begins with a byte order mark';
  }
  const blanks = (text.match(BLANKS_AROUND) ?? []).join('');
  if (LINE_END.test(blanks)) {
    return 'has a line end before or after it';
  }
  if (blanks !== '') {
    return 'has a blank before or after it';
  }
  return trimCredential(text) === text ? null : 'has quotes around it';
}

function faultInside(text: string): string | null {
  const at = text.search(/[^\x20-\x7e]/);
  if (at < 0) {
    return null;
  }
  return `holds ${nameOf(text.charAt(at))} (character ${at + 1})`;
}

function nameOf(character: string): string {
  const known = STRANGERS.find(({ has }) => has.test(character));
  return known?.name ?? 'a character outside ASCII';
}

const STRANGERS: readonly { has: RegExp; name: string }[] = [
  { has: LINE_END, name: 'a line end' },
  { has: /\t/, name: 'a tab' },
  { has: /\ufffd/, name: 'U+FFFD, the sign that a character was lost on the way' },
  { has: /[\u00ad\u200b-\u200f\u2060\ufeff]/, name: 'an invisible character' },
  { has: /\p{Cc}/u, name: 'a control character' },
  { has: /\s/, name: 'a blank that is not a plain space' },
];

function faultOfForm(text: string): string | null {
  const known = FORMS.find(({ form }) => form.test(text));
  return known?.fault ?? null;
}

const IS_JSON = 'is JSON: give the value alone';
const IS_COMMAND = 'is a command that sets a variable: give the value alone';
const HAS_NAME = 'is a name and its value: give the value alone';

/**
 * Texts of printable ASCII that hold a credential and are none. Credentials may hold equals signs.
 * Base64 ends in them, so a name needs something else after its sign.
 */
const NAME = `["']?(?:[a-z][\\w.-]*)?(?:token|secret|code|verifier|key|password|client[_-]?id)["']?`;
const NAMED_VALUE = new RegExp(`^${NAME}\\s*[=:]\\s*[^=\\s]`, 'i');
const FORMS: readonly { form: RegExp; fault: string }[] = [
  { form: /^[{[]\s*["'{[]|^\{\s*\}$/, fault: IS_JSON },
  { form: /^(?:export|set|setx)\s+\S+[=\s]|^\$env:/i, fault: IS_COMMAND },
  { form: /^[A-Z][A-Z0-9_]{2,}\s*=\s*[^=\s]/, fault: HAS_NAME },
  { form: NAMED_VALUE, fault: HAS_NAME },
  { form: /\*{3}|\.{3}$/, fault: 'is masked or cut: only a part of the value is there' },
  { form: /^(["'`]).*\1[,;]$/, fault: 'has quotes and a comma or semicolon around it' },
  {
    form: /^(?:authorization:\s*)?(?:bearer|basic)\s+\S/i,
    fault: 'is an Authorization header: give the token alone',
  },
];

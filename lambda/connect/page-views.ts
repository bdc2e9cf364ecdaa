import { html } from 'hono/html';
import { type CodeResult, type ConnectLink, linkState } from './connect-link.ts';
import { type House, type Html, layOut } from './page-layout.ts';

/** Where a page's button leads, and the token without which it is not taken. */
export interface Button {
  action: string;
  formToken: string;
}

/** Returns the page of a link. It asks for consent, or says what became of the link. */
export function linkPage(house: House, link: ConnectLink, now: number, button: Button): Html {
  const state = linkState(link, now);
  if (state === 'open') {
    return openPage(house, link, button);
  }
  if (state === 'connected') {
    return connectedPage(house, link);
  }
  return closedPage(house, link, state);
}

function openPage(house: House, link: ConnectLink, button: Button): Html {
  const { platform, account, permissions, note } = link.shown;
  const whose =
    account === null
      ? html`your ${platform} account`
      : html`the ${platform} account <strong>${account}</strong>`;
  const title = `Connect your ${platform} account`;
  return layOut(house, {
    title: `${title} – ${house.title}`,
    body: html`<h1>${title}</h1>
<p><strong>${house.title}</strong> asks for access to ${whose}.</p>
${note === null ? '' : html`<blockquote>${note}</blockquote>`}
${lastResult(link)}
<h2>What happens next</h2>
<ol>
<li>You press the button, and ${platform} opens.</li>
<li>You sign in at ${platform}. It shows what ${house.title} may do.</li>
<li>You agree there, and you come back to this page.</li>
</ol>
${permissions.length === 0 ? '' : permissionList(permissions)}
${form(button, `Continue to ${platform}`)}
<p class="soft">Your password stays at ${platform}. ${house.title} never sees it.
This link works until ${instantText(link.expires_at)}.
If you did not expect this page, close it. Nothing changes then.</p>`,
  });
}

/** A try that went wrong leaves the link open. Its next visitor learns why. */
function lastResult({ results }: ConnectLink): Html | '' {
  const last = results.at(-1);
  return last && last.result !== 'connected'
    ? html`<p role="status">${resultText(last.result)} Please try again.</p>`
    : '';
}

function permissionList(permissions: readonly string[]): Html {
  return html`<details class="soft"><summary>Names of the permissions that are asked for</summary>
<ul>${permissions.map((one) => html`<li><code>${one}</code></li>`)}</ul></details>`;
}

/** Says that the account is connected. */
export function connectedPage(house: House, { shown }: ConnectLink): Html {
  return layOut(house, {
    title: `Done – ${house.title}`,
    body: html`<h1 class="good">Done: the account is connected</h1>
<p>${house.title} now has the access to ${accountText(shown)} that you gave.
You can close this page.</p>
<p class="soft">You can take the access back at any time, in the settings of ${shown.platform}.</p>`,
  });
}

const CLOSED = {
  revoked: 'It was withdrawn by the people who made it.',
  ended: 'It is no longer needed, or was replaced by a newer one.',
  expired: 'Its time is over.',
};

function closedPage(house: House, { shown }: ConnectLink, state: keyof typeof CLOSED): Html {
  return layOut(house, {
    title: `Link ended – ${house.title}`,
    body: html`<h1>This link no longer works</h1>
<p>${CLOSED[state]} Nothing was changed in ${accountText(shown)}.</p>
<p>If you still want to connect the account, ask ${house.title} for a new link.</p>`,
  });
}

/** Says that an address names no link. */
export function unknownLinkPage(house: House): Html {
  return layOut(house, {
    title: `Link not found – ${house.title}`,
    body: html`<h1>This link does not work</h1>
<p>Perhaps a part of it was cut off. Open the link in your message again, or copy all of it.</p>
<p>If that does not help, ask ${house.title} for a new link.</p>`,
  });
}

/** Returns the page that leads on to the platform. */
export function leadOnPage(house: House, platform: string, url: string): Html {
  return layOut(house, {
    title: `Opening ${platform} – ${house.title}`,
    refresh: { afterSeconds: 0, url },
    body: html`<h1>Opening ${platform} …</h1>
<p>If nothing happens, press the button.</p>
<p><a class="button" href="${url}" rel="noreferrer">Go to ${platform}</a></p>`,
  });
}

/** How long the result page waits before it asks again. */
const ASK_AGAIN_SECONDS = 2;

/** Says that the answer has come and is worked on, and asks again. */
export function waitingPage(house: House, { shown }: ConnectLink): Html {
  return layOut(house, {
    title: `Connecting – ${house.title}`,
    refresh: { afterSeconds: ASK_AGAIN_SECONDS },
    body: html`<h1 role="status">Connecting …</h1>
<p>${shown.platform} has sent your consent.
We now finish the connection of ${accountText(shown)}.</p>
<p class="soft">This page looks again on its own. It mostly takes a few seconds.</p>`,
  });
}

/** Says why an attempt came to nothing; each with a way on. */
export type Trouble = CodeResult | 'declined' | 'platform_error' | 'too_slow' | 'wrong_answer';

const TROUBLES: Record<Exclude<Trouble, 'connected'>, string> = {
  declined: 'The access was not given.',
  platform_error: 'The platform answered with an error.',
  wrong_answer: 'The answer of the platform was not complete, or was changed on its way.',
  too_late: 'The answer came too late. Platforms let an answer live for a few minutes only.',
  too_slow: 'It took too long to finish the connection.',
  refused: 'The platform did not accept the answer any more.',
  failed: 'The connection could not be finished.',
  not_sent: 'The link was changed or withdrawn before the connection was finished.',
};

/** Says why an attempt came to nothing, with a button to try again where `button` is given. */
export function troublePage(
  house: House,
  { shown }: ConnectLink,
  trouble: Trouble,
  button: Button | null,
): Html {
  const way = button
    ? form(button, 'Try again')
    : html`<p>Open the link in your message to try again, or ask ${house.title} for a new one.</p>`;
  return layOut(house, {
    title: `Not connected – ${house.title}`,
    body: html`<h1 class="bad">Not connected</h1>
<p>${resultText(trouble)} Nothing was changed in ${accountText(shown)}.</p>
${way}`,
  });
}

/** Says one thing that is wrong with a request, without saying of which link. */
export function requestFaultPage(house: House, fault: RequestFault): Html {
  const { head, text } = FAULTS[fault];
  const passes = fault === 'out_of_order';
  return layOut(house, {
    title: `${head} – ${house.title}`,
    ...(passes && { refresh: { afterSeconds: LOOK_AGAIN_SECONDS } }),
    body: html`<h1>${head}</h1>
<p>${text}</p>`,
  });
}

/** A store that is away or throttles is mostly back after this. */
const LOOK_AGAIN_SECONDS = 10;

/** Describes what may be wrong with a request that no link can be blamed for. */
export type RequestFault = keyof typeof FAULTS;

const AGAIN = 'Open the link in your message again and start from there.';
const FAULTS = {
  other_browser: {
    head: 'Please start again',
    text:
      'This page belongs to another browser, or too much time has passed. ' +
      `${AGAIN} Use one browser from start to end, and let it keep cookies.`,
  },
  stale_form: {
    head: 'Please press the button again',
    text: `The button came from an old page, or your browser keeps no cookies. ${AGAIN}`,
  },
  foreign_form: {
    head: 'The button came from another site',
    text: `For your safety it was not taken. ${AGAIN}`,
  },
  too_many_starts: {
    head: 'Too many tries',
    text: 'This link was started too often. Ask for a new link.',
  },
  form_answer: {
    head: 'The answer came in a way that cannot be used',
    text: 'The platform sent its answer as a form. Please tell the people who sent you the link.',
  },
  not_here: { head: 'Nothing is here', text: 'Open the link in your message.' },
  not_so: {
    head: 'This cannot be done here',
    text: 'Open the link in your message, and press its button.',
  },
  out_of_order: {
    head: 'Something does not work at the moment',
    text: 'Nothing was lost. This page looks again on its own, in a few seconds.',
  },
} as const;

function resultText(trouble: Trouble): string {
  return trouble === 'connected' ? '' : TROUBLES[trouble];
}

function accountText({ platform, account }: ConnectLink['shown']): string {
  return account === null ? `your ${platform} account` : `the ${platform} account “${account}”`;
}

function form({ action, formToken }: Button, label: string): Html {
  return html`<form method="post" action="${action}">
<input type="hidden" name="form_token" value="${formToken}">
<button>${label}</button>
</form>`;
}

const INSTANT = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
});

function instantText(instant: string): Html {
  return html`<time datetime="${instant}">${INSTANT.format(new Date(instant))} (UTC)</time>`;
}

// SPDX-License-Identifier: Apache-2.0
// The balancer's API, asked from where this page came and from nowhere else.

const KEY = 'fullnat-token';
const PATIENCE = 8000;
const EVENT_BYTES = 1 << 20;

let token = '';

/** An answer that is an error, in the API's own words; status 0 if there was none. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Takes over a token of the address's fragment, which no server sees, or that of this tab's session. */
export function begin() {
  const given = /^#token=([\x21-\x7e]+)$/.exec(location.hash);
  if (given) {
    remember(decodeURIComponent(given[1]));
    history.replaceState(null, '', location.pathname);
  } else {
    token = sessionStorage.getItem(KEY) ?? '';
  }
}

export function remember(secret) {
  token = secret;
  if (secret) {
    sessionStorage.setItem(KEY, secret);
  } else {
    sessionStorage.removeItem(KEY);
  }
}

export const hasToken = () => token !== '';

function headers(more) {
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

async function failure(response) {
  let message = `HTTP ${response.status}`;
  try {
    message = (await response.json()).message ?? message;
  } catch {
    // it was no JSON: the status has to do
  }
  return new Refused(response.status, message);
}

async function send(path, options) {
  try {
    return await fetch(path, { cache: 'no-store', credentials: 'omit', redirect: 'error', ...options });
  } catch (cause) {
    throw new Refused(0, cause.name === 'TimeoutError' ? 'the balancer did not answer in time' : 'the balancer does not answer');
  }
}

/** Reads JSON. */
export async function get(path) {
  const response = await send(path, { headers: headers({}), signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) {
    throw await failure(response);
  }
  try {
    return await response.json();
  } catch {
    throw new Refused(0, 'the answer broke off');
  }
}

/** Changes something. */
export async function put(path, body) {
  const response = await send(path, {
    method: 'PUT',
    headers: headers({ 'Content-Type': 'application/json' }),
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(4 * PATIENCE),
  });
  if (!response.ok) {
    throw await failure(response);
  }
  return response.json();
}

/** Reads lines of JSON until there are enough; says whether there were more. */
export async function lines(path, most) {
  const stop = new AbortController();
  const response = await send(path, { headers: headers({}), signal: stop.signal });
  if (!response.ok) {
    throw await failure(response);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const found = [];
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    const parts = (rest + (value ?? '')).split('\n');
    rest = done ? '' : parts.pop();
    for (const part of parts.filter((each) => each !== '')) {
      const line = JSON.parse(part);
      if (line.error) {
        throw new Refused(503, line.message);
      }
      if (found.length === most) {
        stop.abort();
        return { found, more: true };
      }
      found.push(line);
    }
    if (done) {
      return { found, more: false };
    }
  }
}

/** Reads events until the stream ends or is silent for too long. */
export async function events(lastId, tell, signal) {
  const silence = new AbortController();
  let timer = 0;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), 30000);
  };
  heard();
  try {
    const response = await send('v2/events', {
      headers: headers({ Accept: 'text/event-stream', 'Last-Event-ID': lastId }),
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!response.ok) {
      throw await failure(response);
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    tell({ kind: 'open' });
    for (;;) {
      const { value, done } = await reader.read();
      if (done || rest.length > EVENT_BYTES) {
        return;
      }
      heard();
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop();
      blocks.forEach((block) => event(block, tell));
    }
  } finally {
    clearTimeout(timer);
  }
}

function event(block, tell) {
  const data = block.split('\n').find((line) => line.startsWith('data: '));
  if (data) {
    const told = JSON.parse(data.slice(6));
    tell(told.kind ? told : { kind: 'lost', ...told });
  }
}

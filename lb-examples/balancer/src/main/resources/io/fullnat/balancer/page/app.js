// SPDX-License-Identifier: Apache-2.0
// The page: asks the balancer every two seconds while somebody looks, and shows what it says.
import * as addresses from './addresses.js';
import { after, rights } from './actions.js';
import * as api from './api.js';
import * as connections from './connections.js';
import { byId, h, attribute } from './dom.js';
import { Events, view as eventView } from './events.js';
import { Frame } from './frame.js';
import * as keys from './keys.js';
import * as machine from './machine.js';
import * as outcomes from './outcomes.js';
import { Rates } from './rates.js';
import * as servers from './servers.js';
import * as services from './services.js';
import * as sets from './sets.js';
import { Summary } from './summary.js';
import * as theme from './theme.js';
import { askForToken } from './token.js';

const ROUND = 2000;
const MOST_WAIT = 10000;

const rates = new Rates();
const events = new Events();
const frame = new Frame();
let words = null;
let summary = null;
let view = null;
let timer = 0;
let paused = false;
let failures = 0;
let busy = false;

const VIEWS = [
  ['services', 'Services', () => services.view()],
  ['servers', 'Servers', () => servers.view()],
  ['addresses', 'Local addresses', () => addresses.view()],
  ['machine', 'Workers and ports', () => machine.view(rates)],
  ['outcomes', 'Outcomes', () => outcomes.view(rates, words)],
  ['events', 'Events', () => eventView(events)],
  ['connections', 'Connections', () => connections.view()],
  ['sets', 'Sets', () => sets.view()],
];

/** Shows the view that the address names. */
async function route() {
  const name = decodeURI(location.hash.slice(1));
  const [first, ...rest] = name.split('/');
  const known = VIEWS.find(([each]) => each === first) ?? VIEWS[0];
  const one = first === 'service' && rest.length === 1;
  view?.leave?.();
  view = one ? services.one(rest[0]) : known[2]();
  byId('main').replaceChildren(view.element);
  const shown = one ? 'services' : known[0];
  document.body.classList.toggle('of-one', one);
  document.title = `${one ? rest[0] : known[1]} – fullnat`;
  byId('tabs').querySelectorAll('a').forEach((link) => attribute(link, 'aria-current', link.hash === `#${shown}` ? 'page' : null));
  byId('tabs').querySelector('[aria-current]').scrollIntoView({ block: 'nearest', inline: 'nearest' });
  await refresh();
}

async function refresh() {
  const shown = view;
  try {
    await shown.refresh();
    frame.wrong('');
  } catch (failure) {
    if (shown === view && failure.status !== 0) {
      frame.wrong(failure.message);
    }
    if (failure.status === 0 || failure.status === 401) {
      throw failure;
    }
  }
}

/** One round: the overview, then the view. */
async function round() {
  if (busy) {
    return;
  }
  busy = true;
  try {
    const answer = await api.get('v2/overview');
    if (rates.accept(answer)) {
      frame.restarted(answer);
    }
    summary.update(rates);
    frame.update(answer, words);
    failures = 0;
    await refresh();
    frame.fresh();
  } catch (failure) {
    failures++;
    if (failure.status === 401) {
      await admit().then(route).catch((refused) => frame.failed(refused));
    } else {
      frame.failed(failure);
    }
  } finally {
    busy = false;
    again();
  }
}

function again() {
  clearTimeout(timer);
  if (!paused && !document.hidden) {
    timer = setTimeout(round, failures === 0 ? ROUND : Math.min(MOST_WAIT, ROUND * failures));
  }
}

/** Whether somebody looks: else nothing is asked, and no stream is held. */
function look() {
  if (paused || document.hidden) {
    clearTimeout(timer);
    events.stop();
    frame.pause(paused);
  } else {
    events.start();
    round();
  }
}

async function admit() {
  const listener = await api.get('page/listener');
  rights.changes = listener.changes;
  rights.reason = listener.reason;
  if (listener.token) {
    await askForToken();
  }
}

async function begin() {
  theme.begin();
  api.begin();
  byId('tabs').append(...VIEWS.map(([name, label]) => h('li', {}, h('a', { href: `./#${name}` }, label))));
  keys.begin(() => view?.search, VIEWS.map(([name]) => name));
  document.querySelector('.skip').addEventListener('click', (event) => {
    event.preventDefault(); // what follows # names views
    byId('main').focus();
  });
  const pause = byId('pause');
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
    pause.textContent = paused ? 'Go on' : 'Pause';
    look();
  });
  after.change = () => refresh().catch(() => {}); // the next round says what is wrong
  try {
    await admit();
    words = await api.get('v2/overview/words');
  } catch (failure) {
    frame.failed(failure);
    setTimeout(() => location.reload(), MOST_WAIT);
    return;
  }
  summary = new Summary(byId('summary'), words);
  window.addEventListener('hashchange', () => route().catch(() => {}));
  document.addEventListener('visibilitychange', look);
  await route().catch(() => {});
  look();
}

begin();

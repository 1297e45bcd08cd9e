// SPDX-License-Identifier: Apache-2.0
// What happens, as it happens: one stream a tab, and none while the tab is not seen, as a browser keeps but six
// connections to one place for all its tabs, and the balancer has sixteen for all that listen.
import * as api from './api.js';
import { h, mark, text } from './dom.js';
import { clock, count, duration, words } from './format.js';
import { Table } from './table.js';

const KEPT = 300;
const WAIT = 2000;
const WAIT_REFUSED = 30000;
const EVERYTHING_KEPT = 'none';

/** Kinds of changes, each once with how many there were. */
function kinds(event) {
  const counts = new Map();
  event.changes.forEach((kind) => counts.set(kind, (counts.get(kind) ?? 0) + 1));
  const list = [...counts].map(([kind, many]) => (many === 1 ? kind : `${kind} × ${many}`));
  return list.join(', ') + (event.count > event.changes.length ? ' and more' : '');
}

/** What an event says: [tone, sentence]. */
function sentence(event) {
  switch (event.kind) {
    case 'server_health_changed':
      return [event.up ? 'good' : 'bad', `${event.server} of ${event.protocol} ${event.service} is ${event.up ? 'up' : 'down'}${event.reason ? `: ${event.reason}` : ''}`];
    case 'condition_began':
      return ['warn', `${words(event.condition)}: ${event.subject}, ${event.detail}`];
    case 'condition_ended':
      return ['good', `over after ${duration(event.seconds)}: ${words(event.condition)}, ${event.subject}`];
    case 'applied':
      return ['off', `revision ${count(event.revision)}: ${count(event.count)} change${event.count === 1 ? '' : 's'}, ${kinds(event)}`];
    case 'fault':
      return ['bad', event.what];
    case 'address_draining':
      return ['off', `${event.address} of ${event.device} drains`];
    case 'capture_began':
      return ['off', `packets are captured: ${event.what}`];
    case 'capture_ended':
      return [event.lost > 0 ? 'warn' : 'off', `${count(event.captured)} packets were captured in ${duration(event.seconds)}, ${count(event.lost)} found no room`];
    case 'configuration_reloaded':
      return ['off', `the configuration was read again: ${count(event.changes)} change${event.changes === 1 ? '' : 's'}, revision ${count(event.revision)}`];
    case 'configuration_refused':
      return ['bad', `the configuration was refused: ${event.reason}`];
    case 'address_released':
      return ['off', `${event.address} of ${event.device} has drained`];
    case 'announcement_changed':
      return ['off', `${event.address} is ${event.announced ? 'announced' : 'announced no more'}`];
    case 'neighbour_moved':
      return ['warn', `${event.address} at ${event.device} moved from ${event.from} to ${event.to}`];
    case 'lost':
      return ['warn', `${event.lost} events were too many, and are not shown`];
    default:
      return ['off', JSON.stringify(event)];
  }
}

export class Events {
  list = [];
  lastId = EVERYTHING_KEPT;
  state = ['off', 'not connected'];
  #stop = null;
  #number = 0;
  changed = () => {};

  /** Listens until it is told to stop; after a failure again. */
  async start() {
    if (this.#stop) {
      return;
    }
    const stop = new AbortController();
    this.#stop = stop;
    while (!stop.signal.aborted) {
      let wait = WAIT;
      try {
        await api.events(this.lastId, (event) => this.#tell(event), stop.signal);
        this.#be('warn', 'the stream ended; connecting again');
      } catch (failure) {
        if (stop.signal.aborted) {
          return;
        }
        if (failure.status === 503) {
          this.#be('warn', 'no new events here: the balancer has 16 listeners already, a browser one for each tab that is seen; all else goes on. Trying again each half minute.');
          wait = WAIT_REFUSED;
        } else if (failure.status === 401) {
          this.#be('bad', failure.message);
          wait = WAIT_REFUSED;
        } else {
          this.#be('warn', 'the stream broke off; connecting again');
        }
      }
      if (!stop.signal.aborted) {
        await new Promise((done) => { setTimeout(done, wait); stop.signal.addEventListener('abort', done); });
      }
    }
  }

  /** Hangs up; what is missed meanwhile comes with the next start. */
  stop() {
    this.#stop?.abort();
    this.#stop = null;
    this.#be('off', 'paused');
  }

  #be(tone, word) {
    this.state = [tone, word];
    this.changed();
  }

  #tell(event) {
    if (event.kind === 'open') {
      this.#be('good', 'live');
      return;
    }
    this.lastId = event.id ?? this.lastId;
    this.list.unshift({ ...event, number: ++this.#number, seen: event.time ? Date.parse(event.time) : Date.now() });
    this.list.length = Math.min(this.list.length, KEPT);
    this.changed();
  }
}

function what(cell) {
  const shown = mark();
  cell.append(shown.element);
  return (row) => shown.set(...sentence(row));
}

/** The view of events. */
export function view(events) {
  const state = mark();
  const search = h('input', { type: 'search', placeholder: 'Server, service, kind', 'aria-label': 'Search events', autocomplete: 'off', spellcheck: 'false', oninput: () => refresh() });
  const table = new Table({
    caption: 'Events, the newest first',
    empty: 'Nothing has happened since the balancer was started, or nothing matches.',
    key: (row) => row.number,
    columns: [
      { label: 'Time', kind: 'time', value: (row) => clock(row.seen) },
      { label: 'Kind', kind: 'code', value: (row) => words(row.kind) },
      { label: 'What', kind: 'wide', cell: what },
    ],
  });

  async function refresh() {
    const wanted = search.value.trim().toLowerCase().split(/\s+/);
    state.set(...events.state);
    table.update(events.list.filter((event) => {
      const said = `${words(event.kind)} ${sentence(event)[1]}`.toLowerCase();
      return wanted.every((word) => said.includes(word));
    }));
  }
  events.changed = refresh;
  const tools = h('div', { class: 'toolbar' },
    h('label', { class: 'search' }, search, h('kbd', { 'aria-hidden': 'true' }, '/')),
    h('span', { class: 'range' }, state.element));
  return { element: h('div', {}, tools, table.element), refresh, search, leave: () => { events.changed = () => {}; } };
}

// SPDX-License-Identifier: Apache-2.0
// What can be changed here: the weight of a server, and whether it is taken out. Each is asked for first.
import * as api from './api.js';
import { ask, numberField } from './dialog.js';
import { h, say } from './dom.js';
import { count } from './format.js';

const MOST = 65535;

/** Whether this listener lets pages change something, and why not. */
export const rights = { changes: false, reason: '' };

/** To be called when something was changed. */
export const after = { change: () => {} };

async function edit(server, attributes) {
  // PUT adds a server that is not there: one that somebody has removed meanwhile must stay removed.
  const query = new URLSearchParams({ service: server.service, search: server.name, limit: 500 });
  const there = await api.get(`v2/overview/servers?${query}`);
  if (!there.servers.some((each) => each.name === server.name)) {
    throw new api.Refused(404, 'the server is not there any more');
  }
  await api.put(`v2/vs/${encodeURI(server.service)}/rs`, { Items: [{ ip: server.ip, port: server.port, ...attributes }] });
}

function about(server) {
  const connections = server.activeConnections + server.inactiveConnections;
  return `${server.service} · weight ${server.weight} · ${count(connections)} connection${connections === 1 ? '' : 's'}`;
}

async function done(words) {
  say(words);
  await after.change();
}

export function drain(server) {
  ask({
    title: `Drain ${server.name}?`,
    lines: [about(server), 'Its weight becomes 0: it gets no new connections, and those that it has go on, unless its service says otherwise. Note the weight to give it back.'],
    action: 'Drain',
    tone: 'bad',
    run: async () => {
      await edit(server, { weight: 0 });
      await done(`${server.name} drains.`);
    },
  });
}

export function weigh(server) {
  ask({
    title: `Weight of ${server.name}`,
    lines: [about(server)],
    field: numberField(`Weight, 0 to ${MOST}; 0 gets no new connections`, server.weight, 0, MOST),
    action: 'Set weight',
    run: async (value) => {
      await edit(server, { weight: +value });
      await done(`${server.name} has the weight ${+value}.`);
    },
  });
}

export function inhibit(server) {
  ask({
    title: `Inhibit ${server.name}?`,
    lines: [about(server), 'It is taken out: no client gets a new connection to it, and it keeps its weight for when it is back. What it has goes on, unless its service says otherwise.'],
    action: 'Inhibit',
    tone: 'bad',
    run: async () => {
      await edit(server, { inhibited: true });
      await done(`${server.name} is inhibited.`);
    },
  });
}

export function uninhibit(server) {
  ask({
    title: `Let ${server.name} back in?`,
    lines: [about(server), 'It gets new connections again by its weight, if its health allows.'],
    action: 'Let back in',
    run: async () => {
      await edit(server, { inhibited: false });
      await done(`${server.name} is back in.`);
    },
  });
}

/** The buttons of a server's row; they act on the row as it was last shown. */
export function buttons(cell) {
  let server = null;
  const button = (word, act) => {
    const element = h('button', { type: 'button', onclick: () => act(server) }, word);
    cell.append(element);
    return element;
  };
  const draining = button('Drain', drain);
  const weight = button('Weight', weigh);
  const taking = button('Inhibit', (row) => (row.inhibited ? uninhibit(row) : inhibit(row)));
  return (row) => {
    server = row;
    draining.disabled = row.weight === 0;
    taking.textContent = row.inhibited ? 'Let in' : 'Inhibit';
    for (const [element, what] of [[draining, 'Drain'], [weight, 'Weight of'], [taking, row.inhibited ? 'Let back in' : 'Inhibit']]) {
      element.setAttribute('aria-label', `${what} ${row.name}`);
    }
  };
}

// SPDX-License-Identifier: Apache-2.0
// Real servers: of all services, or of one.
import { buttons, rights } from './actions.js';
import { h, mark, text, attribute } from './dom.js';
import { bits, count, duration, micros, short } from './format.js';
import { ofServer } from './health.js';
import { Listing } from './listing.js';

function health(cell) {
  const state = mark();
  const age = h('span', { class: 'age' });
  const why = h('span', { class: 'second' });
  cell.append(state.element, age, why);
  return (row) => {
    const [tone, word, reason] = ofServer(row);
    state.set(tone, word);
    text(age, row.health.sinceSeconds > 0 ? duration(row.health.sinceSeconds) : '');
    attribute(age, 'title', 'since its health is as it is');
    text(why, reason);
    attribute(why, 'title', reason || null);
  };
}

function name(cell) {
  const address = h('span', { class: 'name' });
  const note = h('span', { class: 'second' });
  cell.append(address, note);
  return (row) => {
    text(address, row.name);
    text(note, row.description);
  };
}

function service(cell) {
  const link = h('a', {});
  cell.append(link);
  return (row) => {
    text(link, row.service);
    attribute(link, 'href', `#service/${row.service}`);
  };
}

/** @param one whether they are of one service, of which each row need not say the name */
function columns(one) {
  return [
    { label: 'Server', sort: 'name', kind: 'key', cell: name },
    ...(one ? [] : [{ label: 'Service', cell: service }]),
    { label: 'Health', sort: 'down', kind: 'state', cell: health },
    { label: 'Weight', sort: 'weight', kind: 'num', value: (row) => count(row.weight) },
    { label: 'Connections', sort: 'connections', kind: 'num', title: 'established, and in other states', value: (row) => `${short(row.activeConnections)} + ${short(row.inactiveConnections)}` },
    { label: 'New/s', sort: 'rate', kind: 'num', value: (row) => short(row.rates.connections) },
    { label: 'Packets/s', sort: 'packets', kind: 'num', value: (row) => short(row.rates.inPackets + row.rates.outPackets) },
    { label: 'In', sort: 'bytes', kind: 'num', title: 'towards the server', value: (row) => bits(row.rates.inBytes) },
    { label: 'Out', kind: 'num', title: 'towards clients', value: (row) => bits(row.rates.outBytes) },
    { label: 'Handshakes', sort: 'p99', kind: 'num', title: 'of the last minute, from SYN to SYN-ACK: half were done within the first time, 99 % within the second', value: (row) => (row.handshakes.lastMinute.count === 0 ? '–' : `${micros(row.handshakes.lastMinute.p50Micros)} / ${micros(row.handshakes.lastMinute.p99Micros)}`) },
    ...(rights.changes ? [{ label: 'Actions', kind: 'actions', cell: buttons }] : []),
  ];
}

/** A list of servers. */
export function servers(ofService = null) {
  return new Listing({
    path: 'v2/overview/servers',
    field: 'servers',
    what: 'real servers',
    hint: 'Address, service, note, “down”',
    columns: columns(ofService !== null),
    key: (row) => `${row.service} ${row.name}`,
    sort: ofService === null ? 'down' : 'name',
    fixed: () => (ofService === null ? {} : { service: ofService }),
  });
}

/** The view of all servers. */
export function view() {
  const listing = servers();
  return { element: h('div', {}, listing.element), refresh: () => listing.refresh(), search: listing.search };
}

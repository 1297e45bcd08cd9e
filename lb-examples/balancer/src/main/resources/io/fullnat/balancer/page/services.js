// SPDX-License-Identifier: Apache-2.0
// Virtual services, and one of them with all that it has.
import * as addresses from './addresses.js';
import * as api from './api.js';
import { rights } from './actions.js';
import { Chart } from './charts.js';
import { gauge, h, mark, text, attribute } from './dom.js';
import { bits, count, micros, short, shortBits } from './format.js';
import { ofServer, ofService } from './health.js';
import { Listing } from './listing.js';
import { servers } from './servers.js';

const KEPT = 150;

function name(cell) {
  const link = h('a', { class: 'name' });
  const protocol = h('span', { class: 'chip' });
  const note = h('span', { class: 'second' });
  cell.append(link, protocol, note);
  return (row) => {
    text(link, row.name);
    text(protocol, row.protocol);
    attribute(link, 'href', `#service/${row.id}`);
    text(note, row.description);
  };
}

function health(cell) {
  const state = mark();
  cell.append(state.element);
  return (row) => {
    const [tone, word, reason] = ofService(row);
    state.set(tone, word);
    attribute(state.element, 'title', reason || null);
  };
}

/** Of the last minute. */
function handshakes(times) {
  return times.count === 0 ? '' : `handshakes p50 ${micros(times.p50Micros)}, p90 ${micros(times.p90Micros)}, p99 ${micros(times.p99Micros)}`;
}

export function fullness(cell, find) {
  const level = gauge();
  cell.append(level.element);
  return (row) => level.set(find(row), `${find(row)} %`);
}

function sorry(server) {
  return server ? `sorry server ${server.name}: ${ofServer(server)[1]}, ${count(server.activeConnections + server.inactiveConnections)} connections` : '';
}

/** The view of all services. */
export function view() {
  const listing = new Listing({
    path: 'v2/overview/services',
    field: 'services',
    what: 'services',
    hint: 'Address, port, note, server',
    key: (row) => row.id,
    columns: [
      { label: 'Service', sort: 'name', kind: 'key', cell: name },
      { label: 'Health', sort: 'down', kind: 'state', cell: health },
      { label: 'Servers up', kind: 'num', value: (row) => `${count(row.serversUp)} of ${count(row.servers)}` },
      { label: 'Connections', sort: 'connections', kind: 'num', value: (row) => short(row.connections) },
      { label: 'New/s', sort: 'rate', kind: 'num', value: (row) => short(row.rates.connections) },
      { label: 'Packets/s', sort: 'packets', kind: 'num', value: (row) => short(row.rates.inPackets + row.rates.outPackets) },
      { label: 'In', sort: 'bytes', kind: 'num', title: 'from clients', value: (row) => bits(row.rates.inBytes) },
      { label: 'Out', kind: 'num', title: 'towards clients', value: (row) => bits(row.rates.outBytes) },
      { label: 'Local ports', sort: 'fullest', kind: 'level', title: 'in use, of the fullest pair of a local address and a server', cell: (cell) => fullness(cell, (row) => row.fullestPercent) },
    ],
  });
  return { element: h('div', {}, listing.element), refresh: () => listing.refresh(), search: listing.search };
}

/** The view of one service. */
export function one(id) {
  const title = h('h2', { class: 'title' }, id);
  const state = mark();
  const facts = h('p', { class: 'facts' });
  const charts = [
    new Chart('New connections/s', [{ name: '', of: 'connections', colour: '--line-a' }], short),
    new Chart('Packets/s', [{ name: '', of: 'packets', colour: '--line-a' }], short),
    new Chart('Bits/s', [{ name: 'in', of: 'inBytes', colour: '--line-a' }, { name: 'out', of: 'outBytes', colour: '--line-b' }], shortBits),
  ];
  const list = servers(id);
  const locals = addresses.list(id);
  const history = [];
  const why = rights.changes ? null : h('p', { class: 'why' }, rights.reason);
  const element = h('div', { class: 'one' },
    h('p', { class: 'crumb' }, h('a', { href: '#services' }, '← All services')),
    h('div', { class: 'heading' }, title, state.element, facts),
    h('div', { class: 'summary' }, ...charts.map((chart) => chart.element)),
    h('h3', {}, 'Real servers'), why, list.element,
    h('h3', {}, 'Local addresses'), locals.element);

  async function refresh() {
    const answer = await api.get(`v2/overview/services?${new URLSearchParams({ service: id })}`);
    const row = answer.services[0];
    const [tone, word, reason] = ofService(row);
    text(title, `${row.protocol} ${row.name}`);
    state.set(tone, word);
    attribute(state.element, 'title', reason || null);
    text(facts, [row.description, row.scheduler, `${count(row.serversUp)} of ${count(row.servers)} servers up`, `${count(row.connections)} connections`, row.templates === undefined ? '' : `${count(row.templates)} persistence templates`, row.health.announcement === 'none' ? '' : row.health.announcement, sorry(row.sorryServer), handshakes(row.handshakes.lastMinute)].filter((part) => part).join(' · '));
    if (history.length === 0 || history[history.length - 1].time !== answer.time / 1000) {
      history.push({ time: answer.time / 1000, connections: row.rates.connections, packets: row.rates.inPackets + row.rates.outPackets, inBytes: row.rates.inBytes, outBytes: row.rates.outBytes });
    }
    if (history.length > KEPT) {
      history.shift();
    }
    charts.forEach((chart) => chart.update(history));
    await Promise.all([list.refresh(), locals.refresh()]);
  }

  return { element, refresh, search: list.search, leave: () => charts.forEach((chart) => chart.remove()) };
}

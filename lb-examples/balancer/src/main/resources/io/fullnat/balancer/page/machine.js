// SPDX-License-Identifier: Apache-2.0
// Workers and ports.
import { gauge, h, mark, text, attribute } from './dom.js';
import { bits, count, percent, short } from './format.js';
import { grown } from './rates.js';
import { Table } from './table.js';

/** The rate of a row's counter against the same row of the answer before. */
function per(rates, row, before, name) {
  const more = before ? grown(before[name], row[name]) : null;
  return more === null || rates.nanos <= 0 ? null : (more * 1e9) / rates.nanos;
}

function busy(cell) {
  const level = gauge();
  cell.append(level.element);
  return (row) => level.set(row.busy ?? 0, percent(row.busy));
}

function table(cell) {
  const level = gauge();
  cell.append(level.element);
  return (row) => level.set((100 * row.connections) / Math.max(1, row.connectionCapacity), `${short(row.connections)} of ${short(row.connectionCapacity)}`);
}

function worker(cell) {
  const state = mark();
  cell.append(state.element);
  return (row) => (row.idleMilliseconds > 2000 ? state.set('bad', `${row.worker} stands still`) : state.set('good', `worker ${row.worker}`));
}

function link(cell) {
  const state = mark();
  const why = h('span', { class: 'second' });
  cell.append(state.element, why);
  return (row) => {
    state.set(row.link === 'UP' ? 'good' : 'bad', row.link.toLowerCase());
    text(why, row.trouble || (row.speedMbps > 0 ? bits((row.speedMbps * 1e6) / 8) : ''));
    attribute(why, 'title', row.trouble || null);
  };
}

/** The view of workers and ports. */
export function view(rates) {
  const workers = new Table({
    caption: 'Workers',
    empty: 'There are no workers.',
    key: (row) => row.worker,
    columns: [
      { label: 'Worker', kind: 'key', cell: worker },
      { label: 'Busy', kind: 'level', title: 'share of time in duty cycles with something to do', cell: busy },
      { label: 'Connections', kind: 'level', title: 'of the places in its table', cell: table },
      { label: 'New/s', kind: 'num', value: (row) => short(row.created) },
      { label: 'Received/s', kind: 'num', value: (row) => short(row.received) },
      { label: 'Taken over/s', kind: 'num', title: 'packets that other workers have handed over', value: (row) => short(row.taken) },
      { label: 'Sent/s', kind: 'num', value: (row) => short(row.sent) },
      { label: 'Waiting', kind: 'num', title: 'packets, for a neighbour, their first fragment or a transmit queue', value: (row) => count(row.waitingPackets) },
      { label: 'Faults', kind: 'num', value: (row) => count(row.faults) },
    ],
  });
  const ports = new Table({
    caption: 'Ports',
    empty: 'There are no ports.',
    key: (row) => row.name,
    columns: [
      { label: 'Port', kind: 'key', value: (row) => row.name },
      { label: 'Link', cell: link },
      { label: 'Received', kind: 'num', value: (row) => bits(row.inBytes) },
      { label: 'Packets/s in', kind: 'num', value: (row) => short(row.inPackets) },
      { label: 'Sent', kind: 'num', value: (row) => bits(row.outBytes) },
      { label: 'Packets/s out', kind: 'num', value: (row) => short(row.outPackets) },
      { label: 'Missed', kind: 'num', title: 'found no descriptor free, as the worker was too slow', value: (row) => count(row.missed) },
      { label: 'Errors', kind: 'num', title: 'received damaged, and not sent', value: (row) => `${count(row.receiveErrors)} + ${count(row.sendErrors)}` },
      { label: 'No buffer', kind: 'num', title: 'arrived while the pool was empty', value: (row) => count(row.noBuffer) },
    ],
  });
  const element = h('div', {}, h('h2', { class: 'title' }, 'Workers'), workers.element, h('h2', { class: 'title' }, 'Ports'), ports.element);

  async function refresh() {
    if (rates.now === null) {
      return;
    }
    workers.update(rates.now.workers.map((row) => {
      const before = rates.before?.workers.find((each) => each.worker === row.worker);
      const share = per(rates, row, before, 'busyNanoseconds');
      return {
        ...row,
        busy: share === null ? null : Math.min(100, share / 1e7),
        created: per(rates, row, before, 'connectionsCreated'),
        received: per(rates, row, before, 'receivedPackets'),
        taken: per(rates, row, before, 'takenOverPackets'),
        sent: per(rates, row, before, 'sentPackets'),
      };
    }));
    ports.update(rates.now.ports.map((row) => {
      const before = rates.before?.ports.find((each) => each.name === row.name);
      return {
        ...row,
        inBytes: per(rates, row, before, 'receivedBytes'),
        inPackets: per(rates, row, before, 'receivedPackets'),
        outBytes: per(rates, row, before, 'sentBytes'),
        outPackets: per(rates, row, before, 'sentPackets'),
      };
    }));
  }
  return { element, refresh };
}

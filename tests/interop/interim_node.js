// Copyright: Contributors to the telephony.outbound project
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// node interim_node.js PORT: routes like those of Plum Fuse and VoipNow on Node's own http module, which sends 102 and
// 103 before every answer. The cancel of an even deployment is accepted, that of an odd one is not found; extensions
// whose number is odd have no events, the others three.
//
// GET /_log  {"cancels": {deployment: [statuses]}, "events": {extension: [ids that are left]}}

'use strict';

const http = require('http');

const LATER = 60;
const cancels = {};
const events = {};

function eventsOf(extension) {
  const number = Number(extension.split('*').pop());
  events[extension] ??= number % 2 ? [] : ['e1', 'e2', 'e3'];
  return events[extension];
}

function shown(id) {
  return { id, type: '0', url: `https://hook.example.com/${id}`, method: '0', status: '1' };
}

function plum(deployment) {
  const status = Number(deployment) % 2 ? 404 : 202;
  (cancels[deployment] ??= []).push(status);
  return [status];
}

function voipnow(method, extension, id, start) {
  const there = eventsOf(extension);
  if (method === 'DELETE') {
    events[extension] = there.filter((each) => each !== id);
    return [204];
  }
  const entry = there.slice(start).map(shown);
  return entry.length ? [200, { itemsPerPage: 20, startIndex: start, totalResults: there.length, entry }] : [204];
}

http.createServer((request, response) => {
  request.resume();
  const [address, query] = request.url.split('?');
  const path = decodeURIComponent(address);
  const start = Number(new URLSearchParams(query).get('startIndex'));
  const cancel = /^\/fuse\/api\/apps\/100\/(\w+)\/cancel$/.exec(path);
  const list = /^\/voipnow\/uapi\/extensions\/@me\/([\d*]+)\/phoneCallEvents(?:\/\d\/(\w+))?/.exec(path);
  if (path === '/_log') {
    response.end(JSON.stringify({ cancels, events }));
    return;
  }
  response.writeProcessing();
  response.writeEarlyHints({ link: '</style.css>; rel=preload' });
  setTimeout(() => {
    const [status, body] = cancel ? plum(cancel[1]) : voipnow(request.method, list[1], list[2], start);
    response.writeHead(status, body ? { 'Content-Type': 'application/json' } : {});
    response.end(body && JSON.stringify(body));
  }, LATER);
}).listen(Number(process.argv[2]), '127.0.0.1');
process.stdin.on('end', () => process.exit(0)).resume();

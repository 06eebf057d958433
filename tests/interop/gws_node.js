// Copyright: Contributors to the telephony.outbound project
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// node gws_node.js cometd|cometd-ack|faye PORT: a Bayeux server that this project did not write, at /api/v2/notifications, behind the
// few REST routes of Genesys Web Services that a cancel needs. It listens on a loopback port. cometd-ack has the
// acknowledge extension.
//
// PUT /_control  {"ack_delay": ms, "silent": true, "lose": n}     how cancels are acknowledged from now on; so many
//                answers that hold an event break off
// POST /_control {"publish": {"channel": ..., "data": ...}} or {"end_sessions": true}
// GET /_control  {"open": [client ids], "opened": number, "cancelled": [bodies]}

'use strict';

const http = require('http');

const HELD = 2000;
const FORGOTTEN = 3000;
const AUTHORIZATION = 'Basic ' + Buffer.from('dialer:not-a-secret-password').toString('base64');
const NOTIFICATIONS = '/api/v2/notifications';

const open = new Set();
const cancelled = [];
let opened = 0;
let manner = {};

function sessionBegan(id) {
  open.add(id);
  opened += 1;
}

const servers = {
  cometd(extended = false) {
    const cometd = require('cometd-nodejs-server');
    const server = cometd.createCometDServer({ timeout: HELD, maxInterval: FORGOTTEN });
    if (extended) {
      const { AcknowledgedMessagesExtension } = require('cometd-nodejs-server/ack-extension');
      server.addExtension(new AcknowledgedMessagesExtension());
    }
    const sessions = new Map();
    server.addListener('sessionAdded', (session) => {
      sessions.set(session.id, session);
      sessionBegan(session.id);
    });
    server.addListener('sessionRemoved', (session) => {
      sessions.delete(session.id);
      open.delete(session.id);
    });
    return {
      ready: Promise.resolve(),
      handle: (request, response) => server.handle(request, response),
      publish: (channel, data) => server.createServerChannel(channel).publish(null, data),
      endSessions: () => sessions.forEach((session) => session.disconnect()),
    };
  },

  'cometd-ack'() {
    return servers.cometd(true);
  },

  faye() {
    const faye = require('faye');
    const bayeux = new faye.NodeAdapter({ mount: NOTIFICATIONS, timeout: HELD / 1000 });
    bayeux.on('handshake', sessionBegan);
    bayeux.on('disconnect', (id) => open.delete(id));
    const publisher = bayeux.getClient();
    return {
      // The publisher has a session too, which is not to be counted.
      ready: new Promise((resolve) => publisher.connect(() => { open.clear(); opened = 0; resolve(); })),
      attach: (server) => bayeux.attach(server),
      publish: (channel, data) => publisher.publish(channel, data),
      endSessions: () => open.forEach((id) => bayeux._server._engine.destroyClient(id)),
    };
  },
};

const peer = servers[process.argv[2]]();

function answer(response, body, status = 200) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

function acknowledge(order) {
  const named = ({ devicePath, callingList, applicationId, campaignName }) =>
    ({ devicePath, callingList, applicationId, campaignName });
  peer.publish('/v2/me/outbound', {
    record: named(order),
    notificationType: 'RecordCancelAcknowledge',
    messageType: 'OutboundRecordMessage',
    referenceId: order.referenceId,
  });
}

const routes = {
  'GET /api/v2/me': () => ({ statusCode: 0, user: {} }),
  'GET /api/v2/features': () => ({ statusCode: 0, uris: ['/api/v2/features/api-voice-outbound'] }),
  'GET /api/v2/me/devices': () => ({ statusCode: 0, devices: [{ id: 'device-1' }] }),
  'POST /api/v2/me/outbound-records': (order) => {
    cancelled.push(order);
    if (!manner.silent) setTimeout(acknowledge, manner.ack_delay || 0, order);
    return { statusCode: 0 };
  },
};

const controls = {
  'PUT /_control': (order) => { manner = order; return {}; },
  'GET /_control': () => ({ open: [...open], opened, cancelled }),
  'POST /_control': (order) => {
    if (order.publish) peer.publish(order.publish.channel, order.publish.data);
    if (order.end_sessions) peer.endSessions();
    return {};
  },
};

const server = http.createServer((request, response) => {
  const path = request.url.split('?')[0];
  const control = controls[`${request.method} ${path}`];
  if (!control && request.headers.authorization !== AUTHORIZATION) {
    answer(response, { statusCode: 20, statusMessage: 'Access denied' }, 401);
    return;
  }
  if (path === NOTIFICATIONS) {
    const end = response.end.bind(response);
    response.end = (body, ...others) => {
      if (!manner.lose || !String(body).includes('/v2/me/outbound')) return end(body, ...others);
      manner.lose -= 1;
      return request.socket.destroy();
    };
    peer.handle(request, response);
    return;
  }
  const route = control || routes[`${request.method} ${path}`];
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    if (route) answer(response, route(body ? JSON.parse(body) : {}));
    else answer(response, { statusCode: 6, statusMessage: 'Not found' }, 404);
  });
});

if (peer.attach) peer.attach(server);
peer.ready.then(() => server.listen(Number(process.argv[3]), '127.0.0.1'));
// Whoever started it may be killed: then its input ends.
process.stdin.on('end', () => process.exit(0)).resume();

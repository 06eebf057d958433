# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# thin start -R gws_ruby.ru: the Bayeux server of ruby-faye, behind the same routes as gws_node.js, with the same
# control requests.

require 'base64'
require 'faye'
require 'json'
require 'set'

Faye::WebSocket.load_adapter('thin')

NOTIFICATIONS = '/api/v2/notifications'
AUTHORIZATION = "Basic #{Base64.strict_encode64('dialer:not-a-secret-password')}"

# The routes of Genesys Web Services that a cancel needs, and those that control this server.
class Desk
  def initialize
    @open = Set.new
    @cancelled = []
    @opened = 0
    @manner = {}
    @bayeux = Faye::RackAdapter.new(method(:route), mount: NOTIFICATIONS, timeout: 2)
    @bayeux.on(:handshake) { |id| began(id) }
    @bayeux.on(:disconnect) { |id| @open.delete(id) }
  end

  def call(env)
    @publisher ||= connected(@bayeux.get_client)
    control = env['PATH_INFO'] == '/_control'
    return say({ statusCode: 20, statusMessage: 'Access denied' }, 401) unless control || env['HTTP_AUTHORIZATION'] == AUTHORIZATION

    @bayeux.call(env)
  end

  private

  # The publisher has a session too, which is not to be counted.
  def connected(publisher)
    publisher.connect do
      @open.delete(publisher.instance_variable_get(:@dispatcher).client_id)
      @opened -= 1
    end
    publisher
  end

  def began(id)
    @open << id
    @opened += 1
  end

  def route(env)
    text = env['rack.input'].read
    order = text.empty? ? {} : JSON.parse(text)
    case [env['REQUEST_METHOD'], env['PATH_INFO']]
    when ['GET', '/api/v2/me'] then say({ statusCode: 0, user: {} })
    when ['GET', '/api/v2/features'] then say({ statusCode: 0, uris: ['/api/v2/features/api-voice-outbound'] })
    when ['GET', '/api/v2/me/devices'] then say({ statusCode: 0, devices: [{ id: 'device-1' }] })
    when ['POST', '/api/v2/me/outbound-records'] then cancel(order)
    when ['GET', '/_control'] then say({ open: listed, opened: @opened, cancelled: @cancelled })
    when ['PUT', '/_control'] then say(@manner = order)
    when ['POST', '/_control'] then obey(order)
    else say({ statusCode: 6, statusMessage: 'Not found' }, 404)
    end
  end

  def cancel(order)
    @cancelled << order
    EventMachine.add_timer((@manner['ack_delay'] || 0) / 1000.0) { acknowledge(order) } unless @manner['silent']
    say({ statusCode: 0 })
  end

  def acknowledge(order)
    named = order.slice('devicePath', 'callingList', 'applicationId', 'campaignName')
    @publisher.publish('/v2/me/outbound', {
      record: named, notificationType: 'RecordCancelAcknowledge', messageType: 'OutboundRecordMessage',
      referenceId: order['referenceId']
    })
  end

  def obey(order)
    @publisher.publish(order['publish']['channel'], order['publish']['data']) if order['publish']
    listed.each { |id| engine.destroy_client(id) } if order['end_sessions']
    say({})
  end

  def listed
    @open.to_a
  end

  def engine
    @bayeux.instance_variable_get(:@server).engine
  end

  def say(body, status = 200)
    [status, { 'Content-Type' => 'application/json' }, [JSON.generate(body)]]
  end
end

run Desk.new

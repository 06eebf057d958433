# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Options of all modules for VoipNow."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of VoipNow's credentials and address, and of what an extension is named by."""

    DOCUMENTATION = r"""
options:
  base_url:
    description:
      - Scheme, host, and if need be port and path prefix, of the VoipNow server, without C(/uapi).
      - Every operator has a server of its own, so there is no default. Without it E(VOIPNOW_URL) is used.
    type: str
  client_id:
    description:
      - The id of an App that is registered as trusted. With O(client_secret) it is exchanged for a token,
        once for all targets of the task, and again shortly before that token ends.
      - When the server refuses a token that was fetched so, another is fetched, and the request is sent once more.
        That is done once a minute, and as often as need be for a token in the second half of the life that the server
        gave it.
      - Credentials are one set from one place. Only when none of O(client_id), O(client_secret) and O(access_token) is
        given, they are taken from the environment, E(VOIPNOW_CLIENT_ID), E(VOIPNOW_CLIENT_SECRET) and
        E(VOIPNOW_ACCESS_TOKEN).
    type: str
  client_secret:
    description: The secret of that App, see O(client_id) and E(VOIPNOW_CLIENT_SECRET).
    type: str
  client_auth:
    description:
      - How the request for a token carries O(client_id) and O(client_secret).
      - V(body), as fields of the form, is what the vendor's pages show. V(basic), as HTTP Basic, is what RFC 6749 wants
        every server to support, and what an operator's own token service may insist on.
    type: str
    choices: [body, basic]
    default: body
  access_token:
    description:
      - A token that is there already, in place of O(client_id) and O(client_secret); it is never renewed.
      - Without any credentials on the task, E(VOIPNOW_ACCESS_TOKEN) is used.
    type: str
  user_id:
    description:
      - The user that owns the extension.
      - V(@me) and V(@viewer) are the user that the App or the token belongs to, V(@owner) is the user that owns the
        extension, and anything else is a user's id.
    type: raw
    default: "@me"
  extension:
    description:
      - The number of the extension, made of digits and V(*), for example V(0003*210).
      - Quote it. A number that YAML has read as one may have become another, and is an error.
      - V(@self), which is every extension of the user, is an error. Phone call events are there for phone terminals,
        queues, conferences and IVRs.
      - Required, here or in each entry of O(targets).
    type: raw
notes:
  - What is documented, what is inferred and what is not known is in the guide
    R(what is known of VoipNow,ansible_collections.telephony.outbound.docsite.guide_voipnow_known).
"""

    CALLS = r"""
options:
  phone_number:
    description:
      - The number of the other party, as the server lists it in C(source) or C(destination) of a call. White space and
        the marks C(-./) and parentheses make no difference; a plus, a country code or a prefix does.
      - What a caller shows as its number (C(callerID)) does not count, since that may be one's own for every call.
      - An extension's number is an error, because it would mean all calls of the extension.
      - Calls whose number ends in the same seven digits, and is written otherwise, are not meant. They are told, as
        C(near_misses).
      - Quote it. A number that YAML has read as one has lost its plus and leading zeros, and is an error.
    type: raw
  call_id:
    description: The id of a call. With O(phone_number) besides, the call must be with that number too.
    type: raw
"""

    ACTIONGROUP = r"""
attributes:
  action_group:
    description: Use C(group/telephony.outbound.voipnow) or C(group/telephony.outbound.all) in C(module_defaults).
    support: full
    membership: [telephony.outbound.all, telephony.outbound.voipnow]
"""

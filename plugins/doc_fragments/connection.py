# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Options that every module has: how the vendor is reached, and how patiently."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the shared connection options."""

    DOCUMENTATION = r"""
options:
  validate_certs:
    description: Whether the server's TLS certificate is verified.
    type: bool
    default: true
  ca_path:
    description:
      - File with the CA certificates to trust, in PEM format, or a folder of them under hashed names
        (C(openssl rehash)).
      - Without it the first of E(REQUESTS_CA_BUNDLE), E(CURL_CA_BUNDLE) and E(SSL_CERT_FILE) that is set counts,
        else the CA certificates that requests brings along.
      - What cannot be used is an error before anything is sent.
    type: path
  client_cert:
    description: File with a client certificate for mutual TLS, in PEM format.
    type: path
  client_key:
    description:
      - File with the private key of O(client_cert), where that file does not hold it.
      - The key must not have a pass phrase, since none can be given.
    type: path
  proxy:
    description:
      - URL of an HTTP proxy for all requests, for example C(http://proxy.example.com:3128). User and password may
        stand in it. SOCKS proxies are not supported.
      - Without it the usual environment variables count, such as E(HTTPS_PROXY) and E(NO_PROXY);
        but a plain C(http) address of this machine is never reached through a proxy of the environment.
    type: str
  allow_http:
    description:
      - Whether O(base_url) may be plain C(http) to a host that is not a loopback address.
        Credentials would then be readable on the way.
    type: bool
    default: false
  timeout:
    description:
      - Seconds for one request, from connecting (10 at most) to the last byte of its answer.
      - The default is V(30), unless the notes name another.
      - An interrupted task ends at the latest after so many seconds and two more.
    type: float
  target_timeout:
    description:
      - Seconds for one target, or for one read of an info module, with retries and the pauses between them.
      - The default is V(120), unless the notes name another.
    type: float
  retries:
    description:
      - How often a request is tried again after its first try, where trying again is safe.
      - A request that changes something is never sent again while a read can tell what became of it.
    type: int
    default: 3
  concurrency:
    description: How many targets, or reads of an info module, are worked on at the same time; from 1 to 32.
    type: int
    default: 4
  on_error:
    description:
      - What happens to the targets not yet begun when one fails.
      - After refused credentials, a failed TLS verification, or where the vendor cannot be reached,
        no further target is begun in any case.
      - After five targets in a row that broke off, were redirected or were turned away by a proxy, nothing is begun or
        changed until a cheap read gets through; where none does within O(target_timeout), the rest is left alone.
    type: str
    choices:
      continue: They are worked on.
      stop: They are left alone, and reported as C(not_sent).
    default: continue
requirements:
  - python >= 3.11 where the module runs
  - requests >= 2.28
notes:
  - Secrets do not belong on a command line. From 2.19 on, ansible-core prints the first 80 characters of the arguments
    of every ad-hoc command that fails, and every user of the machine sees arguments in the list of processes. Give
    them by the environment or a vault.
  - The module runs where the task runs. Give the task C(connection) V(local) or delegate it to C(localhost),
    unless the vendor can only be reached from somewhere else.
  - Every id, name and phone number is text. One that is no text is an error, since YAML reads C(0010) as 8 and C(077)
    as 63, which may be somebody else's. Quote it, or use the filter C(string). So is one with characters that nobody
    sees, such as those that a clipboard adds.
"""

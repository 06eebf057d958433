-- Copyright: Contributors to the telephony.outbound project
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later

-- A queue of stop requests in PostgreSQL, for the rulebook stop_number_queue. What asks for a stop inserts a row:
--   insert into stop_request (payload) values ('{"id": "evt-1", "scope": "all", ...}');
-- A notification is lost while nobody listens, so select stop_requests_again() has to be called when the rulebook has
-- started, and every few minutes: it notifies of every request that is not done.

create table stop_request (
    id text primary key generated always as (payload ->> 'id') stored,
    payload jsonb not null check (octet_length(payload::text) <= 4096),
    received_at timestamptz not null default now(),
    done_at timestamptz
);

create function stop_request_notify(payload jsonb) returns void language sql as $$
    select pg_notify('stop_requests', jsonb_build_object('payload', payload)::text);
$$;

create function stop_request_inserted() returns trigger language plpgsql as $$
begin
    perform stop_request_notify(new.payload);
    return null;
end;
$$;

create trigger stop_request_inserted after insert on stop_request
    for each row execute function stop_request_inserted();

create function stop_requests_again() returns bigint language sql as $$
    select count(stop_request_notify(payload)::text) from stop_request where done_at is null;
$$;

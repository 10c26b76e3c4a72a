#!/usr/bin/env python3
"""A platform in Python: two agents serve contacts, whatever happens to the router meanwhile.

Usage: client.py ADDRESS [CONTACTS]
The generated messages are looked for on PYTHONPATH; ../README.md says how to make them.
"""

import sys
import time
import uuid

import grpc
from google.rpc import error_details_pb2, status_pb2
from strowger.v1 import agents_pb2, commands_pb2, events_pb2, routing_pb2, types_pb2

AGENTS = ("ann", "bob")
OPEN_AT_ONCE = 3  # contacts: one for each agent, and one that waits
HANDLING = 0.05  # seconds that an agent spends with a contact
DEADLINE = 2  # seconds that the router has to answer
PAUSE = 0.1  # seconds before a router that was not there is asked again

# It is away, starts, or ends; this program cancels nothing itself.
AWAY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)


def retry_delay(error):
    """Seconds after which to ask again; None: the answer would be the same."""
    if error.code() in AWAY:
        return PAUSE
    if error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED:
        # It has too much to do, and says how long to wait. Without that, a limit is reached.
        for key, value in error.trailing_metadata() or ():
            if key != "grpc-status-details-bin":
                continue
            for detail in status_pb2.Status.FromString(value).details:
                retry = error_details_pb2.RetryInfo()
                if detail.Unpack(retry):
                    return retry.retry_delay.ToTimedelta().total_seconds()
    return None


class Platform:
    def __init__(self, address, wanted):
        # gRPC would wait ever longer before it connects again, up to two minutes.
        channel = grpc.insecure_channel(address, options=[
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1000),
        ])

        def method(kind, service, name, module):
            return kind(
                f"/strowger.v1.{service}/{name}",
                request_serializer=getattr(module, f"{name}Request").SerializeToString,
                response_deserializer=getattr(module, f"{name}Response").FromString,
            )

        unary, stream = channel.unary_unary, channel.unary_stream
        self.route = method(unary, "RoutingService", "Route", routing_pb2)
        self.get_contact = method(unary, "RoutingService", "GetContact", routing_pb2)
        self.upsert_agents = method(unary, "AgentService", "UpsertAgents", agents_pb2)
        self.accept_offer = method(unary, "AgentService", "AcceptOffer", agents_pb2)
        self.complete_contact = method(unary, "AgentService", "CompleteContact", agents_pb2)
        self.watch = method(stream, "EventService", "Watch", events_pb2)

        self.run = f"python-{uuid.uuid4().hex[:8]}"  # keeps the ids of two runs apart
        self.commands = 0
        self.wanted = wanted  # contacts
        self.ends = {}  # of each contact submitted: when and how it ended, once if all is well
        self.position = None  # of the last event dealt with

    def ask(self, method, request):
        """Asks until there is an answer."""
        while True:
            try:
                return method(request, timeout=DEADLINE)
            except grpc.RpcError as error:
                delay = retry_delay(error)
                if delay is None:
                    raise
                time.sleep(delay)

    def command(self, method, request):
        """A call that changes something. Each repeat has the same command id: the router may have
        done it though its answer was lost, and then tells the first outcome again."""
        self.commands += 1
        request.command_id = f"{self.run}-{self.commands}"
        return self.ask(method, request)

    def command_if_still_so(self, method, request):
        """A call on what an event has told. If it is so no longer (the offer ran out while the
        router was away), it is refused, and a later event tells how things go on."""
        try:
            self.command(method, request)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.FAILED_PRECONDITION:
                raise

    def log_in(self):
        """Repeated after each loss of the stream: a router that was restarted logs agents out of
        whom it hears nothing. What is as it was changes nothing."""
        request = agents_pb2.UpsertAgentsRequest()
        for agent_id in AGENTS:
            request.command.agents.add(id=agent_id, state=types_pb2.AGENT_STATE_READY)
        self.command(self.upsert_agents, request)

    def submit_more(self):
        done = self.served()
        while len(self.ends) < self.wanted and len(self.ends) - done < OPEN_AT_ONCE:
            contact_id = f"{self.run}-c{len(self.ends) + 1}"
            self.ends[contact_id] = set()
            contact = types_pb2.Contact(id=contact_id, channel="voice")
            self.command(self.route, routing_pb2.RouteRequest(contact=contact))

    def on_offer(self, offer):
        if offer.agent_id in AGENTS:
            accept = commands_pb2.AcceptOffer(
                contact_id=offer.contact_id, agent_id=offer.agent_id, offer_id=offer.offer_id)
            self.command_if_still_so(
                self.accept_offer, agents_pb2.AcceptOfferRequest(command=accept))

    def on_assigned(self, contact_id, agent_id):
        if agent_id in AGENTS:
            time.sleep(HANDLING)  # the agent talks
            complete = commands_pb2.CompleteContact(contact_id=contact_id, agent_id=agent_id)
            self.command_if_still_so(
                self.complete_contact, agents_pb2.CompleteContactRequest(command=complete))

    def on_ended(self, contact_id, reason, at):
        if contact_id not in self.ends:
            return  # another platform's, or of an earlier run
        end = (at.ToNanoseconds(), reason)
        if end not in self.ends[contact_id]:
            self.ends[contact_id].add(end)
            print(f"{contact_id} {types_pb2.EndReason.Name(reason)}", flush=True)

    def on_event(self, event):
        kind = event.WhichOneof("event")
        if kind == "offered":
            self.on_offer(event.offered)
        elif kind == "assigned":
            self.on_assigned(event.assigned.contact_id, event.assigned.agent_id)
        elif kind == "ended":
            self.on_ended(event.ended.contact_id, event.ended.reason, event.time)

    def on_state(self, state):
        """What is open is taken up, as if its events had just come."""
        for contact in state.contacts:
            for offer in contact.placement.offers:
                self.on_offer(offer)
            if contact.placement.state == types_pb2.CONTACT_STATE_HANDLING:
                self.on_assigned(contact.contact_id, contact.placement.agent_id)
        if state.last:
            self.look_up_ends()

    def look_up_ends(self):
        """Contacts that have ended are not in the state, and their events are gone."""
        for contact_id in [id for id, ends in self.ends.items() if not ends]:
            request = routing_pb2.GetContactRequest(contact_id=contact_id)
            contact = self.ask(self.get_contact, request).contact
            if contact.placement.state == types_pb2.CONTACT_STATE_ENDED:
                self.on_ended(contact_id, contact.placement.end_reason, contact.ended_at)

    def follow(self):
        """Deals with events from the last position on, at first with the state, until the stream
        breaks or all is done."""
        request = events_pb2.WatchRequest(after=self.position, state_first=self.position is None)
        stream = self.watch(request)
        for response in stream:
            if response.HasField("state"):
                self.on_state(response.state)
            for event in response.events:
                self.on_event(event)
            if response.HasField("state") and not response.state.last:
                continue  # half a state is no place to resume from
            self.position = response.position
            self.submit_more()
            if self.served() == self.wanted:
                stream.cancel()
                return

    def served(self):
        return sum(1 for ends in self.ends.values() if ends)

    def serve(self):
        """True if every contact was completed, and once."""
        while self.served() < self.wanted:
            try:
                self.log_in()
                self.follow()
            except grpc.RpcError as error:
                if error.code() == grpc.StatusCode.OUT_OF_RANGE:
                    self.position = None  # those events are kept no longer: begin with the state
                    continue
                delay = retry_delay(error)
                if delay is None:
                    raise
                time.sleep(delay)
        return all(
            [reason for _, reason in ends] == [types_pb2.END_REASON_COMPLETED]
            for ends in self.ends.values())


def main():
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    if not Platform(sys.argv[1], wanted).serve():
        sys.exit("some contacts were not completed, or more than once")
    print(f"{wanted} contacts served, each once")


if __name__ == "__main__":
    main()

// A platform in Node.js: two agents serve contacts, whatever happens to the router meanwhile.
//
// Usage: node client.js ADDRESS [CONTACTS]
'use strict';

const { randomUUID } = require('node:crypto');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const AGENTS = ['ann', 'bob'];
const OPEN_AT_ONCE = 3; // contacts: one for each agent, and one that waits
const HANDLING = 50; // milliseconds that an agent spends with a contact
const DEADLINE = 2000; // milliseconds that the router has to answer
const PAUSE = 100; // milliseconds before a router that was not there is asked again

const files = ['strowger/v1/routing', 'strowger/v1/agents', 'strowger/v1/events',
  'google/rpc/status', 'google/rpc/error_details'];
const definition = loader.loadSync(files.map((file) => `${file}.proto`), {
  includeDirs: [path.join(__dirname, '../../../proto')],
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
});
const { v1 } = grpc.loadPackageDefinition(definition).strowger;

// Milliseconds after which to ask again; undefined: the answer would be the same.
function retryDelay(error) {
  const { UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, RESOURCE_EXHAUSTED } = grpc.status;
  // It is away, starts, or ends; this program cancels nothing itself.
  if ([UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED].includes(error.code)) return PAUSE;
  if (error.code !== RESOURCE_EXHAUSTED) return undefined;
  // It has too much to do, and says how long to wait. Without that, a limit is reached.
  for (const bytes of error.metadata.get('grpc-status-details-bin')) {
    for (const detail of definition['google.rpc.Status'].deserialize(bytes).details) {
      if (!detail.type_url.endsWith('/google.rpc.RetryInfo')) continue;
      const { retry_delay: delay } = definition['google.rpc.RetryInfo'].deserialize(detail.value);
      return Number(delay.seconds) * 1000 + delay.nanos / 1e6;
    }
  }
  return undefined;
}

// Waits until it makes sense to ask again; fails if it never does.
async function waitAfter(error) {
  const delay = retryDelay(error);
  if (delay === undefined) throw error;
  await sleep(delay);
}

class Platform {
  constructor(address, wanted) {
    const credentials = grpc.credentials.createInsecure();
    // gRPC would wait ever longer before it connects again, up to two minutes.
    const options = {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1000,
    };
    this.routing = new v1.RoutingService(address, credentials, options);
    this.agents = new v1.AgentService(address, credentials, options);
    this.events = new v1.EventService(address, credentials, options);
    this.run = `node-${randomUUID().slice(0, 8)}`; // keeps the ids of two runs apart
    this.commands = 0;
    this.wanted = wanted; // contacts
    this.ends = new Map(); // of each contact submitted: when and how it ended, once if all is well
    this.position = undefined; // of the last event dealt with
  }

  // Asks until there is an answer.
  async ask(client, method, request) {
    for (;;) {
      try {
        return await new Promise((resolve, reject) => {
          const options = { deadline: Date.now() + DEADLINE };
          client[method](request, options, (error, reply) => (error ? reject(error) : resolve(reply)));
        });
      } catch (error) {
        await waitAfter(error);
      }
    }
  }

  // A call that changes something. Each repeat has the same command id: the router may have done it
  // though its answer was lost, and then tells the first outcome again.
  async command(client, method, body) {
    this.commands += 1;
    await this.ask(client, method, { command_id: `${this.run}-${this.commands}`, ...body });
  }

  // A call on what an event has told. If it is so no longer (the offer ran out while the router was
  // away), it is refused, and a later event tells how things go on.
  async commandIfStillSo(client, method, body) {
    try {
      await this.command(client, method, body);
    } catch (error) {
      if (error.code !== grpc.status.FAILED_PRECONDITION) throw error;
    }
  }

  // Repeated after each loss of the stream: a router that was restarted logs agents out of whom it
  // hears nothing. What is as it was changes nothing.
  async logIn() {
    const agents = AGENTS.map((id) => ({ id, state: 'AGENT_STATE_READY' }));
    await this.command(this.agents, 'UpsertAgents', { command: { agents } });
  }

  async submitMore() {
    const served = this.served();
    while (this.ends.size < this.wanted && this.ends.size - served < OPEN_AT_ONCE) {
      const id = `${this.run}-c${this.ends.size + 1}`;
      this.ends.set(id, new Set());
      await this.command(this.routing, 'Route', { contact: { id, channel: 'voice' } });
    }
  }

  async onOffer({ contact_id, agent_id, offer_id }) {
    if (!AGENTS.includes(agent_id)) return;
    const command = { contact_id, agent_id, offer_id };
    await this.commandIfStillSo(this.agents, 'AcceptOffer', { command });
  }

  async onAssigned({ contact_id, agent_id }) {
    if (!AGENTS.includes(agent_id)) return;
    await sleep(HANDLING); // the agent talks
    const command = { contact_id, agent_id };
    await this.commandIfStillSo(this.agents, 'CompleteContact', { command });
  }

  onEnded(contactId, reason, at) {
    const ends = this.ends.get(contactId);
    if (ends === undefined) return; // another platform's, or of an earlier run
    const end = `${reason} at ${at.seconds}.${at.nanos}`;
    if (ends.has(end)) return;
    ends.add(end);
    console.log(`${contactId} ${reason}`);
  }

  async onEvent({ time, offered, assigned, ended }) {
    if (offered) await this.onOffer(offered);
    if (assigned) await this.onAssigned(assigned);
    if (ended) this.onEnded(ended.contact_id, ended.reason, time);
  }

  // What is open is taken up, as if its events had just come.
  async onState(state) {
    for (const { contact_id, placement } of state.contacts) {
      for (const offer of placement.offers) await this.onOffer(offer);
      if (placement.state === 'CONTACT_STATE_HANDLING') {
        await this.onAssigned({ contact_id, agent_id: placement.agent_id });
      }
    }
    if (state.last) await this.lookUpEnds();
  }

  // Contacts that have ended are not in the state, and their events are gone.
  async lookUpEnds() {
    for (const [contact_id, ends] of this.ends) {
      if (ends.size > 0) continue;
      const { contact } = await this.ask(this.routing, 'GetContact', { contact_id });
      if (contact.placement.state !== 'CONTACT_STATE_ENDED') continue;
      this.onEnded(contact_id, contact.placement.end_reason, contact.ended_at);
    }
  }

  // Deals with events from the last position on, at first with the state, until the stream breaks
  // or all is done.
  async follow() {
    const from = this.position ? { after: this.position } : { state_first: true };
    const stream = this.events.Watch(from);
    for await (const response of stream) {
      if (response.state) await this.onState(response.state);
      for (const event of response.events) await this.onEvent(event);
      if (response.state && !response.state.last) continue; // half a state: no place to resume from
      this.position = response.position;
      await this.submitMore();
      if (this.served() === this.wanted) return;
    }
  }

  served() {
    return [...this.ends.values()].filter((ends) => ends.size > 0).length;
  }

  // True if every contact was completed, and once.
  async serve() {
    while (this.served() < this.wanted) {
      try {
        await this.logIn();
        await this.follow();
      } catch (error) {
        if (error.code === grpc.status.OUT_OF_RANGE) {
          this.position = undefined; // those events are kept no longer: begin with the state
        } else {
          await waitAfter(error);
        }
      }
    }
    return [...this.ends.values()].every(
      (ends) => ends.size === 1 && [...ends][0].startsWith('END_REASON_COMPLETED '));
  }
}

async function main() {
  const [address, contacts = '20'] = process.argv.slice(2);
  const well = await new Platform(address, Number(contacts)).serve();
  if (!well) throw new Error('some contacts were not completed, or more than once');
  console.log(`${contacts} contacts served, each once`);
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

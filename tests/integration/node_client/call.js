// A contact's short life, called from Node.js. Usage: node call.js ADDRESS PROTO_FOLDER
'use strict';

const assert = require('node:assert');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [address, protoFolder] = process.argv.slice(2);
const files = ['routing', 'agents', 'admin'].map((name) => `strowger/v1/${name}.proto`);
const definition = loader.loadSync(files, {
  includeDirs: [protoFolder],
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
});
const { v1 } = grpc.loadPackageDefinition(definition).strowger;
const credentials = grpc.credentials.createInsecure();
const routing = new v1.RoutingService(address, credentials);
const agents = new v1.AgentService(address, credentials);

function call(client, method, request) {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + 30000;
    client[method](request, { deadline }, (error, reply) => (error ? reject(error) : resolve(reply)));
  });
}

function waitForReady(client) {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + 30000, (error) => (error ? reject(error) : resolve()));
  });
}

// One batch over the session; resolves with its replies.
function session(commands) {
  return new Promise((resolve, reject) => {
    const stream = routing.Session({ deadline: Date.now() + 30000 });
    const replies = [];
    stream.on('error', reject);
    stream.on('data', (response) => {
      if (response.opened) {
        assert.strictEqual(response.opened.highest_number, '0');
        stream.write({ first_number: 1, commands });
      }
      replies.push(...response.replies);
      if (replies.length === commands.length) stream.end();
    });
    stream.on('end', () => resolve(replies));
    stream.write({ open: { session_id: 'node' } });
  });
}

async function main() {
  await waitForReady(routing);
  const upserted = await call(agents, 'UpsertAgents', {
    command: { agents: [{ id: 'ann', state: 'AGENT_STATE_READY' }] },
  });
  assert.strictEqual(upserted.receipt.outcome, 'OUTCOME_OK');

  const routed = await call(routing, 'Route', {
    command_id: 'node-1',
    contact: {
      id: 'c1',
      channel: 'voice',
      attributes: [{ name: 'tier', string_value: 'gold' }, { name: 'balance', double_value: 12.5 }],
    },
  });
  assert.strictEqual(routed.placement.state, 'CONTACT_STATE_OFFERED');
  assert.strictEqual(routed.placement.offers[0].agent_id, 'ann');

  const accepted = await call(agents, 'AcceptOffer', {
    command: { contact_id: 'c1', agent_id: 'ann' },
  });
  assert.strictEqual(accepted.offer_id, routed.placement.offers[0].offer_id);
  await call(agents, 'CompleteContact', { command: { contact_id: 'c1' } });
  const { contact } = await call(routing, 'GetContact', { contact_id: 'c1' });
  assert.strictEqual(contact.placement.end_reason, 'END_REASON_COMPLETED');
  assert.deepStrictEqual(contact.attributes.map((a) => a.name).sort(), ['balance', 'tier']);

  await assert.rejects(call(routing, 'Route', { contact: { channel: 'voice' } }), (error) => {
    assert.strictEqual(error.code, grpc.status.INVALID_ARGUMENT);
    return error.details.startsWith('contact.id');
  });

  const replies = await session([
    { submit_contact: { id: 'c2', channel: 'voice' } },
    { cancel_contact: { contact_id: 'c2', cause: 'CANCEL_CAUSE_CUSTOMER' } },
  ]);
  assert.deepStrictEqual(replies.map((r) => r.receipt.outcome), ['OUTCOME_OK', 'OUTCOME_OK']);
  console.log('a contact was routed, accepted, completed; a session of two commands was answered');
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

// What operators' tools ask a running comms-server, asked by @grpc/grpc-js: health checks, reflection, and a call by
// name, which knows nothing of the server but its name.
//
//     node grpc_js.js TARGET PID [CA]
//
// With CA (a file) it speaks TLS. The server gets SIGTERM at the end. Prints a line for each part, and ends with 1 at the
// first thing that is wrong.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { grpc, load, loadDescriptors } = require('../interop/packages.js');

const [target, pid, ca] = process.argv.slice(2);
const CREDENTIALS = ca ? grpc.credentials.createSsl(fs.readFileSync(ca)) : grpc.credentials.createInsecure();
const OPTIONS = { 'grpc.ssl_target_name_override': 'localhost' };
const WAIT_MS = 30000;
const SERVICES = ['grpc.Comms', 'grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection'];
const NOT_FOUND = grpc.status.NOT_FOUND;

const clients = [];
function connect(Client) {
  clients.push(new Client(target, CREDENTIALS, OPTIONS));
  return clients.at(-1);
}

function deadline() {
  return { deadline: Date.now() + WAIT_MS };
}

// The answer to a Check, or the name of the status.
function check(health, service) {
  return new Promise((resolve) =>
    health.Check({ service }, deadline(), (error, reply) => resolve(error ? grpc.status[error.code] : reply.status)));
}

async function checkAll(health) {
  for (const service of ['', 'grpc.Comms', 'store']) assert.equal(await check(health, service), 'SERVING', service);
  assert.equal(await check(health, 'nobody'), 'NOT_FOUND');
}

// The next state that a watch brings, or the name of the status that ends it.
function watch(health, service) {
  const news = [];
  let tell = null;
  const take = (state) => {
    news.push(state);
    if (tell) tell();
  };
  health
    .Watch({ service }, deadline())
    .on('data', (reply) => take(reply.status))
    .on('error', () => {})
    .on('status', (status) => take(grpc.status[status.code]));
  return async () => {
    while (news.length === 0) await new Promise((resolve) => (tell = resolve));
    return news.shift();
  };
}

// The answers to these questions, asked on one stream.
function ask(reflection, questions) {
  return new Promise((resolve, reject) => {
    const stream = reflection.ServerReflectionInfo(deadline());
    const answers = [];
    stream.on('data', (answer) => answers.push(answer));
    stream.on('error', reject);
    stream.on('end', () => resolve(answers));
    questions.forEach((question) => stream.write(question));
    stream.end();
  });
}

// The services, each with the descriptor that the server gives of it; what it does not know it says so of.
async function reflect(version) {
  const package_ = load(`grpc/reflection/${version}/reflection.proto`).grpc.reflection[version];
  const reflection = connect(package_.ServerReflection);
  const [list] = await ask(reflection, [{ host: 'here', list_services: '' }]);
  assert.deepEqual(list.list_services_response.service.map(({ name }) => name), SERVICES);
  assert.equal(list.valid_host, 'here');
  assert.equal(list.original_request.message_request, 'list_services');
  const described = await ask(reflection, SERVICES.map((name) => ({ file_containing_symbol: name })));
  const unknown = await ask(reflection, [
    { file_containing_symbol: 'grpc.Nobody' },
    { file_by_filename: 'nowhere.proto' },
    { file_containing_extension: { containing_type: 'grpc.Request', extension_number: 100 } },
    { all_extension_numbers_of_type: 'grpc.Nobody' },
  ]);
  assert.deepEqual(unknown.map((answer) => answer.error_response.error_code), Array(4).fill(NOT_FOUND));
  return described.map((answer) => answer.file_descriptor_response.file_descriptor_proto[0]);
}

// A call by name: all that is known of the service is what reflection has told.
async function callByName(descriptors) {
  const known = loadDescriptors(descriptors);
  for (const name of SERVICES) {
    const service = name.split('.').reduce((place, word) => place[word], known);
    assert.ok(service.service, `${name} is described`);
  }
  const stream = connect(known.grpc.Comms).GetNumbers(deadline());
  stream.end({ message: 'CONTINUE 81' });
  const numbers = [];
  for await (const reply of stream) {
    numbers.push(reply.data.number);
    if (numbers.length === 3) break;
  }
  assert.deepEqual(numbers, ['243', '729', '2187']);
  assert.equal(await check(connect(known.grpc.health.v1.Health), 'grpc.Comms'), 'SERVING');
}

async function main() {
  const health = connect(load('grpc/health/v1/health.proto').grpc.health.v1.Health);
  await checkAll(health);
  for (const version of ['v1', 'v1alpha']) await callByName(await reflect(version));
  console.log('ok - health, reflection, and a call by name');

  const watches = ['', 'grpc.Comms', 'store'].map((service) => watch(health, service));
  const nobody = watch(health, 'nobody');
  for (const next of watches) assert.equal(await next(), 'SERVING');
  assert.equal(await nobody(), 'SERVICE_UNKNOWN');
  process.kill(Number(pid), 'SIGTERM');
  for (const next of watches) assert.equal(await next(), 'NOT_SERVING');
  for (const next of [...watches, nobody]) assert.equal(await next(), 'UNAVAILABLE');
  console.log('ok - watchers hear of a stop, and of the end');
}

main().then(
  () => clients.forEach((client) => client.close()),
  (error) => {
    console.log(`not ok - ${error.stack}`);
    process.exit(1);
  },
);

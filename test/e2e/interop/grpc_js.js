// The cells of the interop matrix that @grpc/grpc-js has: what grpcio.py does, in Node.
//
//     node grpc_js.js --numbers N --ca FILE PART...        PART: ID:stateful|stateless:plain|tls:whole|cut:PORT
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { checksum, session } = require('./go_rand.js');
const { grpc, load } = require('./packages.js');

const OPTIONS = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.ssl_target_name_override': 'localhost', // Node wants no address there
};
const DEADLINE_MS = 60000;
const { OK, UNAVAILABLE, INTERNAL, UNKNOWN, CANCELLED } = grpc.status;
// What a break may look like: the proxies turn some into a stream that ends without a status, or by a reset.
const LATE_MAX = 3;
const BREAKS = [UNAVAILABLE, INTERNAL, UNKNOWN, CANCELLED];

function expect(condition, message) {
  if (!condition) throw new Error(message);
}

// A session that only this client knows.
class Stateful {
  constructor(n) {
    this.n = n;
    this.uuid = crypto.randomUUID();
    this.messages = session(this.uuid, n);
    this.position = 0; // messages received
    this.attempt = 0;
    this.answers = []; // to CONTINUE, which are still to come
  }

  begin(stream) {
    this.attempt++;
    if (this.attempt === 1) {
      stream.end({ message: `START ${this.uuid} ${this.n}`, attempt: 1 });
      return;
    }
    this.answers = [this.position, checksum(this.messages.slice(0, Math.min(this.position, this.n)))];
    const last = this.position > 0 ? this.messages[this.position - 1] : 0;
    stream.end({ message: `CONTINUE ${this.uuid} ${last}`, position: this.position, attempt: this.attempt });
  }

  take(_stream, number) {
    if (this.answers.length > 0) {
      const answer = this.answers.shift();
      expect(number === BigInt(answer), `answer ${number} to CONTINUE at ${this.position}, not ${answer}`);
      return;
    }
    expect(this.position <= this.n, `a message after the last one: ${number}`);
    const wanted = this.messages[this.position];
    this.position++;
    expect(number === BigInt(wanted), `message ${this.position} is ${number}, not ${wanted}`);
  }

  isEnd(status) {
    expect(status !== OK || this.position === this.n + 1, `OK at ${this.position}`);
    return status === OK;
  }
}

// A stateless stream; END ends it.
class Stateless {
  constructor(n) {
    this.n = n;
    this.position = 0; // numbers received
    this.last = null;
  }

  begin(stream) {
    stream.write({ message: this.last === null ? 'START' : `CONTINUE ${this.last}` });
  }

  take(stream, number) {
    const isRight =
      this.last === null ? number >= 1n && number <= 255n : number === BigInt.asUintN(64, this.last * 3n);
    this.position++;
    expect(isRight, `number ${this.position} is ${number}, after ${this.last}`);
    this.last = number;
    if (this.position === this.n) stream.end({ message: 'END' });
  }

  isEnd(status) {
    expect(status !== OK || this.position >= this.n, `OK at ${this.position}`);
    return this.position >= this.n && [OK, CANCELLED].includes(status); // CANCELLED: as grpcio.py has it
  }
}

// One stream, from its command to its status, which is returned.
function receive(conversation, client) {
  return new Promise((resolve, reject) => {
    const stream = client.GetNumbers({ deadline: Date.now() + DEADLINE_MS });
    stream.on('data', (reply) => {
      try {
        expect(reply.payload === 'data', `the reply ${JSON.stringify(reply)}`);
        conversation.take(stream, BigInt(reply.data.number));
      } catch (error) {
        reject(error);
        stream.cancel();
      }
    });
    stream.on('error', () => {}); // the status says it, too
    stream.on('status', (status) => resolve(status.code));
    conversation.begin(stream);
  });
}

// How it went, in words.
async function run(conversation, client, isCut) {
  const broke = [];
  let begunLate = 0;
  for (;;) {
    const before = conversation.position;
    const status = await receive(conversation, client);
    if (conversation.isEnd(status)) {
      break;
    }
    // A call may still be given to the connection that broke: it ends without a message, and is made again.
    const isLate = broke.length > 0 && status === UNAVAILABLE && conversation.position === before;
    if (isLate && begunLate++ < LATE_MAX) {
      continue;
    }
    const name = grpc.status[status];
    const isBreak = BREAKS.includes(status) && broke.length < Number(isCut);
    expect(isBreak, `${name} at ${conversation.position}${broke.join('')}`);
    broke.push(`, resumed at ${conversation.position} after ${name}`);
  }
  expect(broke.length === Number(isCut), `${broke.length} breaks`);
  return `${conversation.n} numbers${broke.join('')}`;
}

async function tryPart(part, n, certificates) {
  const [id, mode, wire, way, port] = part.split(':');
  const { Comms } = load('comms.proto').grpc;
  const credentials =
    wire === 'tls' ? grpc.credentials.createSsl(certificates) : grpc.credentials.createInsecure();
  const client = new Comms(`127.0.0.1:${port}`, credentials, OPTIONS);
  try {
    const conversation = mode === 'stateful' ? new Stateful(n) : new Stateless(n);
    console.log(`${id} ok ${await run(conversation, client, way === 'cut')}`);
  } catch (error) {
    console.log(`${id} not ok: ${error.message}`);
  }
  client.close();
}

const { values, positionals } = parseArgs({
  options: { numbers: { type: 'string' }, ca: { type: 'string' } },
  allowPositionals: true,
});
const certificates = fs.readFileSync(path.resolve(values.ca));
positionals.forEach((part) => tryPart(part, Number(values.numbers), certificates));

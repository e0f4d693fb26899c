// The numbers of a session, as proto/PROTOCOL.md defines them: Go's math/rand, seeded with the uuid's first 8 bytes.
'use strict';

const fs = require('node:fs');
const path = require('node:path');

const WORDS = 607;
const TAP = 273;
const MODULUS = 2n ** 31n - 1n;
const CHECKSUM_MODULUS = 123456;
const TABLE = path.join(__dirname, '../../../shared/protocol/go_rand_cooked.inc');
const COOKED = fs.readFileSync(TABLE, 'utf8').match(/0x[0-9a-f]{16}/g).map(BigInt);

// The words that the generator begins with, in Go's order.
function seeded(seed) {
  let state = ((seed % MODULUS) + MODULUS) % MODULUS || 89482311n;
  const next = () => (state = (state * 48271n) % MODULUS);
  for (let i = 0; i < 20; i++) next();
  return COOKED.map((word) => BigInt.asUintN(64, (next() << 40n) ^ (next() << 20n) ^ next() ^ word));
}

function checksum(numbers) {
  return numbers.reduce((sum, number) => (sum + number) % CHECKSUM_MODULUS, 0);
}

// All messages of the session of this uuid: its n numbers, and their checksum.
function session(uuid, n) {
  const words = seeded(BigInt.asIntN(64, BigInt('0x' + uuid.replaceAll('-', '').slice(0, 16))));
  // Go walks through its words backwards, from this one on.
  const history = words.map((_, i) => words[(2 * WORDS - TAP - 1 - i) % WORDS]);
  for (let i = 0; i < n; i++) history.push(BigInt.asUintN(64, history[i] + history[i + WORDS - TAP]));
  const numbers = history.slice(WORDS).map((word) => Number((word >> 31n) & 0xffffffffn));
  return [...numbers, checksum(numbers)];
}

module.exports = { checksum, session };

// The packages of npm that the tests' scripts use, and the .proto files of this project. test/setup.sh unpacks the
// packages into build/grpc-js.
'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');

const ROOT = path.join(__dirname, '../../..');
const unpacked = createRequire(path.join(ROOT, 'build/grpc-js/package.json'));
const grpc = unpacked('@grpc/grpc-js');
const loader = unpacked('@grpc/proto-loader');
const { FileDescriptorProto, FileDescriptorSet } = unpacked('protobufjs/ext/descriptor');
const OPTIONS = { keepCase: true, longs: String, enums: String, oneofs: true, includeDirs: [path.join(ROOT, 'proto')] };

// The packages that a file of proto/ defines.
function load(file) {
  return grpc.loadPackageDefinition(loader.loadSync(file, OPTIONS));
}

// The same of descriptors, as reflection gives them: the bytes of each file.
function loadDescriptors(files) {
  const set = FileDescriptorSet.create({ file: files.map((file) => FileDescriptorProto.decode(file)) });
  const bytes = FileDescriptorSet.encode(set).finish();
  return grpc.loadPackageDefinition(loader.loadFileDescriptorSetFromBuffer(bytes, OPTIONS));
}

module.exports = { grpc, load, loadDescriptors };

// The packages of npm that the scripts here use, and the .proto files of this project. `make check` unpacks the packages
// into build/grpc-js; COMMS_GRPC_JS says where they are.
'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');

const ROOT = path.join(__dirname, '../../..');
const unpacked = createRequire(path.resolve(process.env.COMMS_GRPC_JS || path.join(ROOT, 'build/grpc-js'), 'package.json'));
const grpc = unpacked('@grpc/grpc-js');
const loader = unpacked('@grpc/proto-loader');
const OPTIONS = { keepCase: true, longs: String, enums: String, oneofs: true, includeDirs: [path.join(ROOT, 'proto')] };

// The packages that a file of proto/ defines.
function load(file) {
  return grpc.loadPackageDefinition(loader.loadSync(file, OPTIONS));
}

// The same of descriptors, as reflection gives them: the bytes of each file.
function loadDescriptors(files) {
  const { FileDescriptorSet } = unpacked('protobufjs/ext/descriptor');
  const set = FileDescriptorSet.create({ file: files.map((file) => unpacked('protobufjs/ext/descriptor').FileDescriptorProto.decode(file)) });
  return grpc.loadPackageDefinition(loader.loadFileDescriptorSetFromBuffer(FileDescriptorSet.encode(set).finish(), OPTIONS));
}

module.exports = { grpc, load, loadDescriptors };

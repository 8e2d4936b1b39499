import { fileURLToPath } from 'node:url'

// A process for each test file, in a network of its own where hw-tests/ring.ts says that this can be had: then files run side
// by side that all take the same ports. AVA starts its processes with the Node that it believes to be its own.
if (process.env.PLANT_TESTS_APART !== undefined) {
  process.env.NODE = process.execPath
  process.execPath = fileURLToPath(new URL('hw-tests/lab/own-network.sh', import.meta.url))
}

export default {
  files: [
    'firmware/**/*.test.ts',
    'board/**/*.test.ts',
    'systemd/**/*.test.ts',
    'native/pjsip-binding/**/*.test.ts',
    'hw-tests/**/*.test.ts',
    'image-build/**/*.test.ts',
    // Named on the command line only, by `npm test -- slow`.
    ...(process.argv.some(word => word.endsWith('.slow.ts')) ? ['hw-tests/**/*.slow.ts'] : []),
    '!**/node_modules/**',
  ],
  extensions: ['ts'],
  // The addons are process singletons, and several tests use signals: a process each.
  workerThreads: false,
  timeout: '300s',
  environmentVariables: { TZ: 'UTC' },
}

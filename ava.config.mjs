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

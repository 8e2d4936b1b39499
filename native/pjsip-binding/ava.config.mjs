export default {
  files: ['test/**/*.test.ts'],
  extensions: ['ts'],
  timeout: '60s',
  // Each file has a switch of its own, and a switch is one per process.
  concurrency: 2,
  workerThreads: false,
  environmentVariables: { TZ: 'UTC' },
}
